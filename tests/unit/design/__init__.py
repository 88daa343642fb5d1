"""Tests of the interface's foundations: colours, files, templates, drawings, words."""
