"""What must be true before a pipeline can deliver: each check a small file in `checks`; nothing is changed."""
