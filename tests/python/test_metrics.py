"""The numbers of a store, for Prometheus."""

from __future__ import annotations

from collection_fast_persist import CollectionFastPersist


def test_metrics_are_the_numbers_of_get_stats(store: CollectionFastPersist) -> None:
    store.store("k", {}, "i", "c", 1)
    store.delete_item("k", "c", "i")
    store.flush_data_to_duckdb()
    lines = store.metrics_text().splitlines()
    samples = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    stats = store.get_stats()
    assert samples["cfp_stored_records_total"] == "1" == str(stats["stored_records"])
    assert samples["cfp_deleted_records_total"] == "1" == str(stats["deleted_records"])
    assert int(samples["cfp_last_sequence"]) == stats["last_sequence"] == 2
    assert int(samples["cfp_sync_seconds_count"]) == stats["syncs"] >= 2
    assert int(samples["cfp_flush_seconds_count"]) == stats["flushes"] >= 1
    assert float(samples["cfp_flush_seconds_sum"]) == stats["flush_seconds"] > 0
    assert "cfp_last_backup_timestamp_seconds" not in samples
