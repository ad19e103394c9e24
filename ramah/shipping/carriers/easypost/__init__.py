"""EasyPost: trackers by webhook. https://docs.easypost.com/docs/trackers"""
