"""Channels: each converts between a provider's form and neutral messages, and nothing else.

Order, repetition, retry and pace belong to inbox and outbox. `port` says what a channel promises.
"""
