"""Folders that are their owner's alone: plans, stacks and logs hold external ids, and whatever a provider adds."""

from pathlib import Path

PRIVATE_UMASK = 0o077


def private_folder(folder: Path) -> Path:
    """Create a folder that only its owner can read; an existing one is closed to others.

    Raises OSError where that can't be done, and where it is a symbolic link: a link, which can come with a checkout,
    would lead what is written here to somewhere else.
    """
    if folder.is_symlink():
        raise OSError(f"{folder} is a symbolic link to {folder.readlink()}, where files would be written: remove it")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & PRIVATE_UMASK:
        folder.chmod(0o700)
    return folder
