"""Edits are seen, once they have come to rest."""

import os
from pathlib import Path

from engine.daemon.watch import Watch


def test_an_edit_counts_when_it_has_come_to_rest(tmp_path: Path) -> None:
    rule, config = tmp_path / "rules" / "a.yaml", tmp_path / "config.yaml"
    rule.parent.mkdir()
    rule.write_text("one")
    watch = Watch(config, tmp_path / "rules", tmp_path / "missing")
    assert not watch.changed()
    rule.write_text("two!")
    assert not watch.changed()
    assert watch.restless
    rule.write_text("three!")
    assert not watch.changed()
    assert watch.changed()
    assert not watch.changed()
    assert not watch.restless


def test_every_kind_of_edit_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    (folder / "deep").mkdir(parents=True)
    watch = Watch(tmp_path / "config.yaml", folder)

    def seen() -> bool:
        return not watch.changed() and watch.changed()

    (folder / "deep" / "a.yaml").write_text("one")
    assert seen()
    (folder / "deep" / "a.yaml").rename(folder / "b.yaml")
    assert seen()
    (folder / "new").write_text("two")  # as editors save: another file in its place, as old and as long
    stat = (folder / "b.yaml").stat()
    os.utime(folder / "new", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (folder / "new").replace(folder / "b.yaml")
    assert seen()
    (folder / "b.yaml").unlink()
    assert seen()
    (tmp_path / "config.yaml").write_text("brand:")
    assert seen()
    (folder / "dangling").symlink_to("nowhere")
    assert not seen()
