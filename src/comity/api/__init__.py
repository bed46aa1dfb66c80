"""The door for programs: every verb that a page may ask for, as JSON over HTTP, with a token."""
