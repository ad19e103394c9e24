"""Biteship, an aggregator of Indonesian couriers: webhook, tracking, rates and waybills. https://biteship.com/id/docs"""
