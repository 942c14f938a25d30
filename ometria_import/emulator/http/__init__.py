"""Requests and answers over a real socket."""
