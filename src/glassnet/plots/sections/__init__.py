"""The sections of a report, from plain numbers and names: figures, and the sentences that help to read them."""
