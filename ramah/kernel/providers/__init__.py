"""Talking to providers: HTTP with limits (`http`), JSON that is not trusted (`json`), and the words for both (`contract`)."""
