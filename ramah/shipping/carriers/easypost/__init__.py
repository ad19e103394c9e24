"""EasyPost: trackers, rates, labels. https://docs.easypost.com/docs/trackers"""
