"""Picture size from an H.264 sequence parameter set (ITU-T H.264 §7.3.2.1.1, cropping §7.4.2.1.1)."""

from typing import Final

_HIGH_PROFILES: Final = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))
"""profile_idc values whose SPS carries chroma and scaling fields."""

_MAX_PICTURE_SIDE: Final = 16384
"""Larger is damage, not a picture (level 6.2 allows 16,888 in one direction; nobody sends it)."""


class _BitReader:
    """Bits of an RBSP; reading past the end raises IndexError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def bits(self, count: int) -> int:
        value = 0
        for _ in range(count):
            octet = self._data[self._position >> 3]
            value = value << 1 | octet >> (7 - (self._position & 7)) & 1
            self._position += 1
        return value

    def unsigned(self) -> int:
        """ue(v), §9.1."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > 32:
                raise IndexError
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        """se(v), §9.1.1."""
        code = self.unsigned()
        return (code + 1) // 2 if code % 2 else -(code // 2)


def sps_dimensions(unit: bytes) -> tuple[int, int] | None:
    """Return (width, height) in luma samples after cropping; None when the unit is broken.

    Args:
        unit: the whole NAL unit, its header octet (type 7) first.
    """
    try:
        size = _read_size(_BitReader(_without_emulation(unit[1:])))
    except IndexError:
        return None
    return size if 0 < size[0] <= _MAX_PICTURE_SIDE and 0 < size[1] <= _MAX_PICTURE_SIDE else None


def _without_emulation(data: bytes) -> bytes:
    """Remove emulation prevention octets (§7.4.1: 00 00 03 → 00 00)."""
    return data.replace(b"\x00\x00\x03", b"\x00\x00")


def _read_size(reader: _BitReader) -> tuple[int, int]:
    profile = reader.bits(8)
    reader.bits(16)  # constraint flags, level_idc
    reader.unsigned()  # seq_parameter_set_id
    chroma_format, separate_planes = _read_chroma(reader) if profile in _HIGH_PROFILES else (1, False)
    reader.unsigned()  # log2_max_frame_num_minus4
    _skip_order_count(reader)
    reader.unsigned()  # max_num_ref_frames
    reader.bits(1)  # gaps_in_frame_num_value_allowed_flag
    width = (reader.unsigned() + 1) * 16
    map_units = reader.unsigned() + 1
    frame_only = reader.bits(1)
    height = (2 - frame_only) * map_units * 16
    if not frame_only:
        reader.bits(1)  # mb_adaptive_frame_field_flag
    reader.bits(1)  # direct_8x8_inference_flag
    if not reader.bits(1):  # frame_cropping_flag
        return width, height
    left, right, top, bottom = (reader.unsigned() for _ in range(4))
    unit_x = 2 if chroma_format in (1, 2) and not separate_planes else 1
    unit_y = (2 if chroma_format == 1 and not separate_planes else 1) * (2 - frame_only)
    return width - unit_x * (left + right), height - unit_y * (top + bottom)


def _read_chroma(reader: _BitReader) -> tuple[int, bool]:
    chroma_format = reader.unsigned()
    separate_planes = chroma_format == 3 and reader.bits(1) == 1
    reader.unsigned()  # bit_depth_luma_minus8
    reader.unsigned()  # bit_depth_chroma_minus8
    reader.bits(1)  # qpprime_y_zero_transform_bypass_flag
    if reader.bits(1):  # seq_scaling_matrix_present_flag
        for index in range(8 if chroma_format != 3 else 12):
            if reader.bits(1):
                _skip_scaling_list(reader, 16 if index < 6 else 64)
    return chroma_format, separate_planes


def _skip_scaling_list(reader: _BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + reader.signed() + 256) % 256
        last = following or last


def _skip_order_count(reader: _BitReader) -> None:
    order_type = reader.unsigned()
    if order_type == 0:
        reader.unsigned()  # log2_max_pic_order_cnt_lsb_minus4
    elif order_type == 1:
        reader.bits(1)  # delta_pic_order_always_zero_flag
        reader.signed()  # offset_for_non_ref_pic
        reader.signed()  # offset_for_top_to_bottom_field
        for _ in range(min(reader.unsigned(), 255)):
            reader.signed()  # offset_for_ref_frame
