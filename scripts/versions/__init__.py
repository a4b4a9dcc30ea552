"""The versions that Orgtrail runs on, tried on what this machine has or can install: python -m scripts.versions"""
