"""The scanner reads what was written, loses only what was damaged, and survives any bytes."""

from hypothesis import given
from hypothesis import strategies as st

from recording.format import JournalScanner, Record, encode_record
from recording.format.record import HEADER_BYTES

records = st.builds(
    Record,
    st.integers(0, 255),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=300),
)


def scan(data: bytes, chunk: int = 1 << 16) -> tuple[list[Record], JournalScanner]:
    scanner = JournalScanner()
    found: list[Record] = []
    for start in range(0, len(data), chunk):
        found += scanner.feed(data[start : start + chunk])
    found += scanner.finish()
    return found, scanner


def journal(written: list[Record]) -> bytes:
    return b"".join(encode_record(*record) for record in written)


@given(st.lists(records, max_size=20), st.integers(1, 500))
def test_round_trip_in_any_chunks(written: list[Record], chunk: int) -> None:
    found, scanner = scan(journal(written), chunk)
    assert found == written
    assert (scanner.damages, scanner.damaged_bytes) == (0, 0)


@given(st.binary(max_size=2000), st.integers(1, 100))
def test_any_bytes_never_raise(data: bytes, chunk: int) -> None:
    scan(data, chunk)


@given(st.lists(records, min_size=3, max_size=10), st.data())
def test_one_flipped_byte_costs_one_record(written: list[Record], data: st.DataObject) -> None:
    whole = bytearray(journal(written))
    victim = data.draw(st.integers(0, len(written) - 1))
    start = len(journal(written[:victim]))
    offset = data.draw(st.integers(0, HEADER_BYTES + len(written[victim].payload) - 1))
    whole[start + offset] ^= data.draw(st.integers(1, 255))
    found, scanner = scan(bytes(whole), data.draw(st.integers(1, 400)))
    assert found == written[:victim] + written[victim + 1 :]
    assert scanner.damages == 1
    assert scanner.damaged_bytes == HEADER_BYTES + len(written[victim].payload)


@given(st.lists(records, min_size=1, max_size=6), st.data())
def test_a_torn_end_costs_the_last_record(written: list[Record], data: st.DataObject) -> None:
    whole = journal(written)
    last = HEADER_BYTES + len(written[-1].payload)
    cut = data.draw(st.integers(1, last))
    found, scanner = scan(whole[:-cut])
    assert found == written[:-1]
    assert scanner.damaged_bytes == last - cut


@given(st.lists(records, min_size=1, max_size=5), st.binary(min_size=1, max_size=200))
def test_rubbish_in_between_is_skipped(written: list[Record], rubbish: bytes) -> None:
    found, _ = scan(journal(written) + rubbish + journal(written))
    assert found == written + written
