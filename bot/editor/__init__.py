"""The language server: the same findings while somebody types. Only `bot.editor.server` knows pygls."""
