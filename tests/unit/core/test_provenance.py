import hashlib

import pytest

from nonetloss.core.provenance import canonical_json, digest_of, sha256_of_chunks


def test_digest_against_the_published_vector_of_abc():
    # FIPS 180-4, example of SHA-256 for the message "abc".
    published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_of_chunks([b"a", b"", b"bc"]) == published


def test_equal_values_have_one_text_whatever_their_order():
    assert canonical_json({"b": [1, 2.5], "a": "ñ"}) == '{"a":"ñ","b":[1,2.5]}'
    assert digest_of({"b": 1, "a": 2}) == digest_of({"a": 2, "b": 1})
    assert digest_of([1, 2]) != digest_of([2, 1])
    assert digest_of("ñ") == hashlib.sha256('"ñ"'.encode()).hexdigest()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_does_not_know_is_refused(value):
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"x": value})
