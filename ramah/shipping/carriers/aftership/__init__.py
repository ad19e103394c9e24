"""AfterShip: trackings by webhook. https://www.aftership.com/docs/tracking/quickstart/api-quick-start"""
