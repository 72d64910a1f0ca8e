"""The live room's pages, one file a subject."""
