"""Shippo: tracks by webhook. https://docs.goshippo.com/docs/tracking/tracking"""
