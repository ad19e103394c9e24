"""Carriers through karrio, an optional library (LGPL-3.0) that is installed beside Ramah: `pip install ramah[karrio]`."""
