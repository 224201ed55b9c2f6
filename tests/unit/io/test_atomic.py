import pytest

from nonetloss.core.errors import OutputError
from nonetloss.io import atomic


def fill(target, content="new"):
    with atomic.new_folder(target, marker="run.json") as folder:
        (folder / "run.json").write_text(content, encoding="utf-8")


def left(parent):
    return sorted(p.name for p in parent.iterdir())


def test_a_new_folder_replaces_the_former_whole(tmp_path):
    fill(tmp_path / "run", "old")
    (tmp_path / "run" / "stray").write_text("x", encoding="utf-8")
    fill(tmp_path / "run")
    assert left(tmp_path) == ["run"]
    assert left(tmp_path / "run") == ["run.json"]
    assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "new"


def test_what_raises_inside_leaves_the_former(tmp_path):
    fill(tmp_path / "run", "old")
    with pytest.raises(ZeroDivisionError), atomic.new_folder(tmp_path / "run", marker="run.json"):
        raise ZeroDivisionError
    assert left(tmp_path) == ["run"]
    assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "old"


def test_a_kill_between_the_two_renames_is_put_back(tmp_path):
    fill(tmp_path / "run", "old")
    (tmp_path / "run").rename(tmp_path / ".run.former")
    with pytest.raises(ZeroDivisionError), atomic.new_folder(tmp_path / "run", marker="run.json"):
        raise ZeroDivisionError
    assert (tmp_path / "run" / "run.json").read_text(encoding="utf-8") == "old"


def test_a_kill_after_the_second_rename_is_cleaned(tmp_path):
    fill(tmp_path / "run", "old")
    (tmp_path / ".run.former").mkdir()
    fill(tmp_path / "run")
    assert left(tmp_path) == ["run"]


def test_a_leftover_is_removed(tmp_path):
    (tmp_path / ".run.partial").mkdir()
    (tmp_path / ".run.partial" / "half").write_text("x", encoding="utf-8")
    fill(tmp_path / "run")
    assert left(tmp_path) == ["run"]
    assert left(tmp_path / "run") == ["run.json"]


@pytest.mark.parametrize("name", ["letter.txt", ".hidden"])
def test_other_contents_are_never_replaced(tmp_path, name):
    (tmp_path / name).write_text("x", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        fill(tmp_path)
    assert caught.value.findings[0].code == "io.not-a-run"
    assert left(tmp_path) == [name]


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.txt"
    atomic.write_text(path, "eñe\n")
    atomic.write_text(path, "ñandú\n")
    assert path.read_bytes() == "ñandú\n".encode()
    assert left(tmp_path) == ["a.txt"]


def test_a_file_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(OutputError) as caught:
        atomic.write_text(tmp_path / "nowhere" / "a.txt", "x")
    assert caught.value.findings[0].code == "io.cannot-write"


def test_a_copy_never_overwrites(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(OutputError) as caught:
        atomic.copy_tree(tmp_path / "a", tmp_path / "a")
    assert caught.value.findings[0].code == "io.exists"
