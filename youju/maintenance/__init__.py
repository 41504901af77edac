"""Backup, restore, deletion that is proved, and checks of the index and of what is around it."""
