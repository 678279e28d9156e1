"""Keeps everything: adapters of the `Store` and `Attempts` ports.

Owns how records, events and the feed are kept, ordered and made durable: `settle` decides a batch
of changes for all engines alike, `committer` runs batches, `memory` is the reference model that
the SQL engines are compared with. Does not own what a record means (`core`) nor why it is written
(`operations`). Its neighbours are `operations`, whose ports it fulfils, and `wiring`, which opens
it.
"""
