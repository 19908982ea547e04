"""Which file serves whom; and that no name leads out of the folder."""

from pathlib import Path

import pytest

from engine.compose import lint
from engine.compose.library import Library, Texts
from engine.errors import YoursToFix

FRONT = "---\nsubject: Hello\n---\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = {
        "win-back/miss-you.email.j2": FRONT + '{% from "layouts/parts.j2" import button %}',
        "win-back/miss-you.fa.email.j2": FRONT,
        "win-back/miss-you.pt-br.email.j2": FRONT,
        "win-back/miss-you.sms.j2": "Hello",
        "only.de.email.j2": FRONT,
        "layouts/email.j2": "{% include 'layouts/foot.j2' %}{% block body %}{% endblock %}",
        "layouts/foot.j2": "foot",
        "layouts/text.j2": "{{ body }}",
        "layouts/parts.j2": "",
    }
    for path, text in texts.items():
        file = tmp_path / "templates" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "secret.email.j2").write_text("secret")
    return tmp_path / "templates"


@pytest.mark.parametrize(
    ("language", "path"),
    [
        ("", "win-back/miss-you.email.j2"),
        ("en", "win-back/miss-you.email.j2"),
        ("fa", "win-back/miss-you.fa.email.j2"),
        ("fa-IR", "win-back/miss-you.fa.email.j2"),
        ("FA_ir", "win-back/miss-you.fa.email.j2"),
        ("pt", "win-back/miss-you.email.j2"),
        ("pt-BR", "win-back/miss-you.pt-br.email.j2"),
        ("../x", "win-back/miss-you.email.j2"),
    ],
)
def test_the_nearest_language_is_taken(folder: Path, language: str, path: str) -> None:
    assert Library(folder).find("win-back/miss-you", "email", language) == path


def test_a_template_in_one_language_alone_serves_everybody(folder: Path) -> None:
    assert Library(folder).find("only", "email", "fa") == "only.de.email.j2"


def test_an_unknown_name_comes_with_the_nearest(folder: Path) -> None:
    with pytest.raises(
        YoursToFix, match=r"there is no template 'win-back/mis-you'.*did you mean 'win-back/miss-you'"
    ):
        Library(folder).find("win-back/mis-you", "email")


def test_a_channel_has_its_own_templates(folder: Path) -> None:
    library = Library(folder)
    assert library.names("email") == ["only", "win-back/miss-you"]
    assert library.names("sms") == ["win-back/miss-you"]
    assert library.exists("only", "email")
    assert not library.exists("only", "sms")


def test_the_language_of_a_file(folder: Path) -> None:
    library = Library(folder)
    assert library.language("win-back/miss-you.fa.email.j2", "en") == "fa"
    assert library.language("win-back/miss-you.email.j2", "en") == "en"
    assert library.language("win-back/miss-you.email.j2", "de") == "de"
    # A Persian brand that has a Persian file besides: this one is for the others.
    assert library.language("win-back/miss-you.email.j2", "fa") == "en"


def test_hashes_change_with_every_file_that_a_letter_is_made_of(folder: Path) -> None:
    before = Library(folder).hashes("win-back/miss-you", "email")
    assert set(before) == {
        "win-back/miss-you.email.j2", "win-back/miss-you.fa.email.j2", "win-back/miss-you.pt-br.email.j2",
        "layouts/email.j2", "layouts/foot.j2", "layouts/parts.j2", "layouts/text.j2",
    }  # fmt: skip
    for path in before:
        file = folder / path
        was = file.read_text()
        file.write_text(was + " ")
        after = Library(folder).hashes("win-back/miss-you", "email")
        assert {name for name in before if before[name] != after[name]} == {path}
        file.write_text(was)


def test_an_sms_has_no_layouts(folder: Path) -> None:
    assert set(Library(folder).hashes("win-back/miss-you", "sms")) == {"win-back/miss-you.sms.j2"}


@pytest.mark.parametrize(
    "name", ["../secret", "/../secret", "layouts/../../secret", "a\0", "..", ".", "", "\\..\\secret"]
)
def test_no_name_leads_out_of_the_folder(folder: Path, name: str) -> None:
    library = Library(folder)
    assert not library.exists(name, "email")
    with pytest.raises(YoursToFix, match="there is no template"):
        library.find(name, "email")


def test_an_absolute_name_leads_nowhere(folder: Path) -> None:
    outside = folder.parent / "secret"
    assert outside.with_suffix(".email.j2").exists()
    assert not Library(folder).exists(str(outside), "email")


def test_a_symbolic_link_out_of_the_folder_is_refused(folder: Path) -> None:
    (folder / "escape.email.j2").symlink_to(folder.parent / "secret.email.j2")
    (folder / "elsewhere").symlink_to(folder.parent)
    library = Library(folder)
    assert library.text("escape.email.j2") is None
    assert library.text("elsewhere/secret.email.j2") is None
    assert not library.exists("escape", "email")
    with pytest.raises(YoursToFix):
        library.find("escape", "email")


def test_a_symbolic_link_inside_the_folder_is_fine(folder: Path) -> None:
    (folder / "again.sms.j2").symlink_to(folder / "win-back" / "miss-you.sms.j2")
    assert Library(folder).text("again.sms.j2") == "Hello"


def test_a_file_that_cannot_be_used_is_a_sentence(folder: Path) -> None:
    (folder / "latin.sms.j2").write_bytes(b"caf\xe9")
    (folder / "huge.sms.j2").write_text("x" * 300_000)
    with pytest.raises(YoursToFix, match=r"templates/latin.sms.j2:1:1: error: is not UTF-8 text"):
        Library(folder).text("latin.sms.j2")
    assert Library(folder).exists("latin", "sms")
    (problem,) = lint.problems(Library(folder), "latin", "sms")
    assert str(problem) == "templates/latin.sms.j2:1:1: error: is not UTF-8 text (save it as UTF-8)"
    with pytest.raises(YoursToFix, match="larger than 256 KiB"):
        Library(folder).text("huge.sms.j2")


def test_a_byte_order_mark_is_no_text(folder: Path) -> None:
    (folder / "bom.sms.j2").write_bytes(b"\xef\xbb\xbfHello")
    assert Library(folder).text("bom.sms.j2") == "Hello"


def test_a_name_may_be_persian(folder: Path) -> None:
    (folder / "بازگشت\u200cها.sms.j2").write_text("سلام")
    assert Library(folder).names("sms") == ["win-back/miss-you", "بازگشت\u200cها"]
    assert Library(folder).exists("بازگشت\u200cها", "sms")


def test_a_missing_folder_has_no_templates(tmp_path: Path) -> None:
    library = Library(tmp_path / "none")
    assert library.names("email") == []
    assert not library.exists("a", "email")


def test_kept_texts_serve_as_a_folder_does() -> None:
    kept = Texts({"a.fa.sms.j2": "سلام", "a.sms.j2": "Hello"})
    assert kept.find("a", "sms", "fa") == "a.fa.sms.j2"
    assert kept.names("sms") == ["a"]
    assert kept.text("b.sms.j2") is None
