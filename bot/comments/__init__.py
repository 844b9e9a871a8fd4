"""What the bot says on a merge request: the texts, their markers, and what is left to say."""
