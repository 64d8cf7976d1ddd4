"""Zalo Official Accounts, by webhook."""

from bot.channels.zalo_oa.descriptor import ZALO_OA

__all__ = ["ZALO_OA"]
