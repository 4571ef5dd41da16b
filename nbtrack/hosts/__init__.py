"""The only layer that knows its host program - IPython or the terminal - and plugs the arms together."""
