"""DICOM: what is stored, how it is shown, what is refused."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels import pack_bits
from pydicom.sequence import Sequence

from core.errors import ImagingError
from core.imaging import limits
from core.imaging.opening import open_study
from core.imaging.rendering import render
from core.imaging.study import Source, Study, VoiFunction, VoiTable, Window
from tests.imaging.dicom_files import compressed, data_set, dicom, item, phantom, written

IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4.50"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
JPEG_LS = "1.2.840.10008.1.2.4.80"
RLE = "1.2.840.10008.1.2.5"

DEEP = phantom(40, 60)
SIGNED = (DEEP.astype(np.int32) - 30_000).astype(np.int16)
BYTES = (DEEP >> 8).astype(np.uint8)
COLOUR = np.stack([BYTES, BYTES // 2, 255 - BYTES], axis=-1)


def code_of(origin: Path | bytes) -> str:
    with pytest.raises(ImagingError) as caught:
        list(open_study(origin).frames)
    return caught.value.code


def codes(study: Study) -> list[str]:
    return [notice.code for notice in study.notices]


@pytest.mark.parametrize("samples", [BYTES, DEEP, SIGNED, COLOUR], ids=["u1", "u2", "i2", "rgb"])
@pytest.mark.parametrize("syntax", [IMPLICIT, "1.2.840.10008.1.2.1", DEFLATED])
def test_keeps_stored_samples_as_they_are(samples: np.ndarray, syntax: str) -> None:
    study = open_study(written(data_set(samples), syntax))
    frame = study.frames[0]
    assert study.source is Source.DICOM
    assert len(study.frames) == 1
    assert frame.samples.dtype == samples.dtype
    assert np.array_equal(frame.samples, samples)


def test_reads_big_endian_samples() -> None:
    ds = data_set(SIGNED)
    ds.PixelData = SIGNED.astype(">i2").tobytes()
    frame = open_study(written(ds, BIG_ENDIAN)).frames[0]
    assert frame.samples.dtype == np.int16
    assert frame.samples.dtype.isnative
    assert np.array_equal(frame.samples, SIGNED)


def test_opens_a_data_set_without_preamble() -> None:
    ds = data_set(DEEP)
    stream = io.BytesIO()
    ds.save_as(stream, implicit_vr=True, little_endian=True)
    assert np.array_equal(open_study(stream.getvalue()).frames[0].samples, DEEP)


def test_widens_signed_bytes() -> None:
    small = (BYTES.astype(np.int16) - 128).astype(np.int8)
    samples = open_study(dicom(small)).frames[0].samples
    assert samples.dtype == np.int16
    assert np.array_equal(samples, small)


def test_clears_bits_above_those_stored() -> None:
    twelve = DEEP >> 4
    dirty = twelve | 0xA000
    samples = open_study(dicom(dirty, BitsStored=12, HighBit=11)).frames[0].samples
    assert np.array_equal(samples, twelve)


def test_extends_the_sign_of_fewer_bits() -> None:
    twelve = (SIGNED >> 4).astype(np.int16)
    raw = (twelve.view(np.uint16) & 0x0FFF) | 0x5000
    data = dicom(raw, BitsStored=12, HighBit=11, PixelRepresentation=1)
    samples = open_study(data).frames[0].samples
    assert samples.dtype == np.int16
    assert np.array_equal(samples, twelve)


def test_reads_samples_that_sit_above_unused_low_bits() -> None:
    twelve = DEEP >> 4
    samples = open_study(dicom(twelve << 4, BitsStored=12, HighBit=15)).frames[0].samples
    assert np.array_equal(samples, twelve)


def test_reduces_32_bits_and_says_so() -> None:
    wide = DEEP.astype(np.uint32) * 50_000 + 7_000
    study = open_study(dicom(wide, RescaleSlope=2, RescaleIntercept=-10))
    frame = study.frames[0]
    assert frame.samples.dtype == np.uint16
    assert "depth_reduced" in codes(study)
    values = frame.samples * frame.rescale.slope + frame.rescale.intercept
    assert np.abs(values - (wide * 2.0 - 10)).max() <= frame.rescale.slope


def test_reads_planes_of_colour() -> None:
    planes = np.ascontiguousarray(np.moveaxis(COLOUR, -1, 0))
    ds = data_set(COLOUR, PlanarConfiguration=1)
    ds.PixelData = planes.tobytes()
    assert np.array_equal(open_study(written(ds)).frames[0].samples, COLOUR)


def test_turns_ybr_into_rgb() -> None:
    ybr = np.asarray(Image.fromarray(COLOUR).convert("YCbCr"))
    data = dicom(ybr, PhotometricInterpretation="YBR_FULL")
    assert np.abs(open_study(data).frames[0].samples.astype(int) - COLOUR).max() <= 3


def test_fills_colour_of_12_bits_up_to_16() -> None:
    deep = np.stack([DEEP >> 4] * 3, axis=-1)
    deep[0, 0] = 4095
    shown = render(open_study(dicom(deep, BitsStored=12, HighBit=11)).frames[0])
    assert shown.dtype == np.uint8
    assert shown.max() == 255
    assert np.array_equal(shown, (deep >> 4).astype(np.uint8))


def palette_attributes(bits: int) -> dict[str, Any]:
    shift = bits - 8
    kind = "<u2" if bits == 16 else "u1"
    channels = {
        "Red": np.arange(200) << shift,
        "Green": np.arange(199, -1, -1) << shift,
        "Blue": (np.arange(200) // 2) << shift,
    }
    attributes: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, values in channels.items():
        attributes[f"{name}PaletteColorLookupTableDescriptor"] = [200, 20, bits]
        attributes[f"{name}PaletteColorLookupTableData"] = values.astype(kind).tobytes()
    return attributes


@pytest.mark.parametrize("bits", [8, 16])
def test_turns_a_palette_into_colour(bits: int) -> None:
    samples = open_study(dicom(BYTES, **palette_attributes(bits))).frames[0].samples
    entry = np.clip(BYTES.astype(int) - 20, 0, 199)
    assert samples.dtype == np.uint8
    assert np.array_equal(samples, np.stack([entry, 199 - entry, entry // 2], axis=-1))


def test_says_when_a_palette_is_missing() -> None:
    assert code_of(dicom(BYTES, PhotometricInterpretation="PALETTE COLOR")) == "damaged_dicom"


def test_shows_single_bits_as_black_and_white() -> None:
    bits = (BYTES > 100).astype(np.uint8)
    ds = data_set(bits, BitsAllocated=1, BitsStored=1, HighBit=0)
    ds.PixelData = pack_bits(bits.ravel())
    frame = open_study(written(ds)).frames[0]
    assert np.array_equal(render(frame), bits * 255)


@pytest.mark.parametrize(
    ("attributes", "inverted"),
    [
        ({}, False),
        ({"PhotometricInterpretation": "MONOCHROME1"}, True),
        ({"PresentationLUTShape": "INVERSE"}, True),
        ({"PresentationLUTShape": "IDENTITY"}, False),
        ({"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}, True),
    ],
)
def test_knows_which_way_round_brightness_runs(attributes: dict[str, Any], inverted: bool) -> None:
    frame = open_study(dicom(BYTES, **attributes)).frames[0]
    assert frame.inverted is inverted
    assert np.array_equal(render(frame), 255 - BYTES if inverted else BYTES)


def test_keeps_hounsfield_units_and_the_first_window() -> None:
    frame = open_study(
        dicom(
            SIGNED,
            RescaleSlope="1.5",
            RescaleIntercept="-1024",
            WindowCenter=["40", "600"],
            WindowWidth=["80", "2800"],
        )
    ).frames[0]
    assert (frame.rescale.slope, frame.rescale.intercept) == (1.5, -1024.0)
    assert frame.rescale.is_hounsfield
    assert frame.voi == Window(40, 80, VoiFunction.LINEAR)


def test_reads_the_voi_function() -> None:
    data = dicom(SIGNED, WindowCenter=1, WindowWidth=2, VOILUTFunction="SIGMOID")
    assert open_study(data).frames[0].voi == Window(1, 2, VoiFunction.SIGMOID)


@pytest.mark.parametrize(
    "attributes",
    [
        {"WindowCenter": 40},
        {"WindowCenter": 40, "WindowWidth": 0},
        {"WindowCenter": 40, "WindowWidth": -80},
        {"WindowCenter": [], "WindowWidth": []},
    ],
)
def test_computes_a_window_where_the_file_has_none_that_works(attributes: Any) -> None:
    study = open_study(dicom(SIGNED, **attributes))
    assert study.frames[0].voi is None
    assert codes(study) == ["window_computed"]


def test_reads_windows_that_pydicom_cannot_convert() -> None:
    data = dicom(SIGNED, WindowCenter="40.0", WindowWidth="80.0")
    broken = data.replace(b"80.0", b"eig4")
    assert broken != data
    assert open_study(broken).frames[0].voi is None


def test_has_no_hounsfield_units_without_a_rescale_or_outside_ct() -> None:
    assert not open_study(dicom(SIGNED)).frames[0].rescale.is_hounsfield
    magnetic = dicom(SIGNED, Modality="MR", RescaleSlope=1, RescaleIntercept=0)
    assert not open_study(magnetic).frames[0].rescale.is_hounsfield
    unspecified = dicom(SIGNED, RescaleSlope=1, RescaleIntercept=0, RescaleType="US")
    assert not open_study(unspecified).frames[0].rescale.is_hounsfield


def lut(descriptor: list[int], entries: list[int], vr: str = "OW") -> Dataset:
    words = np.array(entries, dtype="<u2").tobytes()
    table = item(LUTDescriptor=descriptor, LUTData=entries if vr == "US" else words)
    table["LUTDescriptor"].VR = "US"
    table["LUTData"].VR = vr
    return table


def test_reads_a_voi_table_by_hand_computed_values() -> None:
    # Stored - 1000 is the value; the table maps -1000 .. -997 to four brightnesses of 12 bits.
    table = lut([4, -1000 & 0xFFFF, 12], [0, 1024, 2048, 4095])
    stored = np.array([[0, 1, 2, 3, 9, 9]] * 6, dtype=np.uint16)
    frame = open_study(
        dicom(stored, RescaleSlope=1, RescaleIntercept=-1000, VOILUTSequence=Sequence([table]))
    ).frames[0]
    assert isinstance(frame.voi, VoiTable)
    assert frame.voi.first == -1000
    assert render(frame)[0].tolist() == [0, 64, 128, 255, 255, 255]


@pytest.mark.parametrize("vr", ["OW", "US"])
def test_applies_a_modality_table(vr: str) -> None:
    table = lut([3, 10, 16], [700, 800, 60_000], vr=vr)
    table.ModalityLUTType = "US"
    stored = np.array([[0, 10, 11, 12, 13, 500]] * 6, dtype=np.uint16)
    frame = open_study(dicom(stored, ModalityLUTSequence=Sequence([table]))).frames[0]
    assert frame.samples[0].tolist() == [700, 700, 800, 60_000, 60_000, 60_000]
    assert frame.rescale.unit == "US"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, None),
        ({"PixelPaddingValue": -2000 & 0xFFFF}, (-2000, -2000)),
        ({"PixelPaddingValue": 63_536, "PixelPaddingRangeLimit": 63_000}, (-2536, -2000)),
    ],
)
def test_reads_padding_as_the_samples_are_read(attributes: Any, expected: Any) -> None:
    ds = data_set(SIGNED, **attributes)
    for name in attributes:
        ds[name].VR = "US"
    assert open_study(written(ds)).frames[0].padding == expected


def test_reads_rescale_and_window_of_each_frame() -> None:
    groups = [
        item(
            PixelValueTransformationSequence=Sequence(
                [item(RescaleSlope=n, RescaleIntercept=-n, RescaleType="HU")]
            ),
            FrameVOILUTSequence=Sequence([item(WindowCenter=10 * n, WindowWidth=100)]),
        )
        for n in (1, 2, 3)
    ]
    study = open_study(
        dicom(
            np.stack([SIGNED] * 3),
            NumberOfFrames=3,
            PerFrameFunctionalGroupsSequence=Sequence(groups),
            SharedFunctionalGroupsSequence=Sequence([]),
        )
    )
    assert [frame.rescale.slope for frame in study.frames] == [1, 2, 3]
    assert [frame.rescale.intercept for frame in study.frames] == [-1, -2, -3]
    assert [frame.voi for frame in study.frames] == [Window(10 * n, 100) for n in (1, 2, 3)]


def test_reads_rescale_and_window_shared_by_all_frames() -> None:
    shared = item(
        PixelValueTransformationSequence=Sequence(
            [item(RescaleSlope=2, RescaleIntercept=5, RescaleType="HU")]
        ),
        FrameVOILUTSequence=Sequence([item(WindowCenter=7, WindowWidth=9)]),
    )
    study = open_study(
        dicom(
            np.stack([SIGNED] * 2),
            NumberOfFrames=2,
            SharedFunctionalGroupsSequence=Sequence([shared]),
        )
    )
    for frame in study.frames:
        assert frame.rescale.slope == 2
        assert frame.rescale.is_hounsfield
        assert frame.voi == Window(7, 9)


def test_decodes_each_frame_of_many_in_any_order() -> None:
    stack = np.stack([DEEP + n for n in range(5)])
    frames = open_study(dicom(stack, NumberOfFrames=5)).frames
    assert len(frames) == 5
    for n in (4, 0, 2, 2, -1):
        assert np.array_equal(frames[n].samples, stack[n])
    assert np.array_equal(frames[1:3][1].samples, stack[2])
    with pytest.raises(IndexError):
        frames[5]


def test_decodes_frames_from_several_threads_at_once() -> None:
    stack = np.stack([BYTES // 2 + n for n in range(8)])
    native = open_study(dicom(stack, NumberOfFrames=8)).frames
    coded = open_study(compressed(stack, [jpeg(f) for f in stack], JPEG, NumberOfFrames=8)).frames
    expected = [[frame.samples for frame in frames] for frames in (native, coded)]
    order = [n % 8 for n in range(160)]
    with ThreadPoolExecutor(4) as pool:
        for frames, alone in zip((native, coded), expected, strict=True):
            for n, frame in zip(order, pool.map(frames.__getitem__, order), strict=True):
                assert np.array_equal(frame.samples, alone[n])


def test_opens_the_frames_that_are_there_and_says_how_many_are_missing() -> None:
    ds = data_set(np.stack([DEEP] * 3), NumberOfFrames=5)
    study = open_study(written(ds))
    assert len(study.frames) == 3
    assert study.notices[0].text == "The file promises 5 frames but holds only 3."


def rle_frame(planes: list[bytes]) -> bytes:
    """RLE (PS3.5 Annex G) of whole planes, in literal runs and with padding."""
    segments = []
    for plane in planes:
        runs = b"".join(
            bytes([len(plane[i : i + 128]) - 1]) + plane[i : i + 128]
            for i in range(0, len(plane), 128)
        )
        segments.append(runs + b"\x80" * (len(runs) % 2))
    starts = [64]
    for segment in segments[:-1]:
        starts.append(starts[-1] + len(segment))
    header = struct.pack("<16L", len(segments), *starts, *[0] * (15 - len(segments)))
    return header + b"".join(segments)


def test_decodes_rle() -> None:
    high, low = (DEEP >> 8).astype(np.uint8), (DEEP & 255).astype(np.uint8)
    frame = rle_frame([high.tobytes(), low.tobytes()])
    assert np.array_equal(open_study(compressed(DEEP, [frame], RLE)).frames[0].samples, DEEP)
    planes = [COLOUR[..., c].tobytes() for c in range(3)]
    data = compressed(COLOUR, [rle_frame(planes)], RLE)
    assert np.array_equal(open_study(data).frames[0].samples, COLOUR)


def test_decodes_repeated_runs_of_rle() -> None:
    flat = np.full((40, 60), 77, np.uint8)
    runs = b"".join(bytes([257 - 120, 77]) for _ in range(20))
    frame = struct.pack("<16L", 1, 64, *[0] * 14) + runs
    assert np.array_equal(open_study(compressed(flat, [frame], RLE)).frames[0].samples, flat)


def test_refuses_rle_that_is_too_short() -> None:
    frame = struct.pack("<16L", 1, 64, *[0] * 14) + bytes([257 - 120, 77])
    assert code_of(compressed(BYTES, [frame], RLE)) == "damaged_frame"


def jpeg(array: np.ndarray, form: str = "JPEG", **save: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, form, **save)
    return stream.getvalue()


def test_decodes_jpeg_baseline_in_grey_and_colour() -> None:
    frame = jpeg(BYTES, quality=95)
    samples = open_study(compressed(BYTES, [frame], JPEG)).frames[0].samples
    assert np.array_equal(samples, np.asarray(Image.open(io.BytesIO(frame))))
    frame = jpeg(COLOUR, quality=95)
    data = compressed(COLOUR, [frame], JPEG, PhotometricInterpretation="YBR_FULL_422")
    samples = open_study(data).frames[0].samples
    assert np.array_equal(samples, np.asarray(Image.open(io.BytesIO(frame))))


def test_says_which_frame_is_damaged_and_opens_the_others() -> None:
    good = jpeg(BYTES)
    study = open_study(
        compressed(np.stack([BYTES] * 3), [good, good[:300], good], JPEG, NumberOfFrames=3)
    )
    assert study.frames[0].samples.shape == study.frames[2].samples.shape == BYTES.shape
    with pytest.raises(ImagingError) as caught:
        study.frames[1]
    assert caught.value.code == "damaged_frame"
    assert "Frame 2" in caught.value.text


def test_refuses_a_frame_larger_than_its_header_says() -> None:
    bomb = jpeg(np.zeros((3000, 3000), np.uint8))
    assert code_of(compressed(BYTES, [bomb], JPEG)) == "damaged_frame"
    assert (
        code_of(compressed(BYTES, [jpeg(np.zeros((900, 900), np.uint8), "JPEG2000")], JPEG_2000))
        == "damaged_frame"
    )


def test_inflates_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.imaging.dicom.header.MAX_FILE_BYTES", 20_000_000)
    plain = written(data_set(BYTES), DEFLATED)
    start = 144 + int.from_bytes(plain[140:144], "little")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = packer.compress(bytes(100_000_000)) + packer.flush()
    assert code_of(plain[:start] + bomb) == "file_too_large"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"Rows": 60_000, "Columns": 60_000}, "too_many_pixels"),
        ({"NumberOfFrames": 2001}, "too_many_frames"),
        ({"Rows": 1, "Columns": 1}, "only_a_few_pixels"),
        ({"Rows": 0}, "damaged_dicom"),
        ({"BitsStored": 40}, "damaged_dicom"),
        ({"BitsAllocated": 24, "BitsStored": 24}, "dicom_pixels_unsupported"),
        ({"SamplesPerPixel": 4}, "dicom_pixels_unsupported"),
        ({"PhotometricInterpretation": "Mr SMITH"}, "dicom_pixels_unsupported"),
        ({"Rows": 4000, "Columns": 4000}, "truncated_dicom"),
        ({"Modality": "SEG"}, "dicom_not_an_image"),
        ({"Modality": "RTDOSE"}, "dicom_not_an_image"),
        ({"PixelData": None}, "dicom_without_pixels"),
        ({"PixelData": None, "FloatPixelData": b"\0" * 400}, "dicom_float_pixels"),
        ({"PixelData": None, "Modality": "SR"}, "dicom_not_an_image"),
        ({"PixelData": None, "EncapsulatedDocument": b"%PDF"}, "dicom_not_an_image"),
        ({"DirectoryRecordSequence": Sequence([Dataset()])}, "dicom_index"),
    ],
)
def test_refuses_what_it_cannot_show(attributes: dict[str, Any], expected: str) -> None:
    ds = data_set(DEEP, **attributes)
    assert code_of(written(ds)) == expected


def test_never_repeats_text_from_the_header_in_an_error() -> None:
    with pytest.raises(ImagingError) as caught:
        open_study(dicom(DEEP, PhotometricInterpretation="SMITH JOHN"))
    assert "SMITH" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_says_when_a_file_is_cut_short() -> None:
    whole = dicom(DEEP)
    assert code_of(whole[:-200]) == "truncated_dicom"
    assert code_of(whole[:160]) in ("truncated_dicom", "damaged_dicom")
    packed = compressed(BYTES, [jpeg(BYTES)], JPEG)
    assert code_of(packed[: len(packed) - 400]) == "truncated_dicom"


@pytest.mark.parametrize(
    ("syntax", "words"),
    [
        ("1.2.840.10008.1.2.4.102", "MPEG-4 video"),
        ("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2"),
        ("1.2.840.10008.1.2.4.53", "a retired kind of JPEG"),
        ("1.2.3.4.5.6.7", "an unknown method"),
    ],
)
def test_names_the_compression_it_cannot_open(syntax: str, words: str) -> None:
    with pytest.raises(ImagingError) as caught:
        open_study(compressed(BYTES, [b"\0" * 40], syntax))
    assert caught.value.code == "dicom_compression_unsupported"
    assert words in caught.value.text


_OPEN_WITHOUT = """
import sys
for name in ("gdcm", "jpeg_ls", "openjpeg", "pylibjpeg", "_openjpeg"):
    sys.modules[name] = None
from PIL import Image
del Image.core.jpeg2k_decoder, Image.core.jpeg2k_encoder
if sys.argv[2] == "phone":
    sys.getandroidapilevel = lambda: 34
from pathlib import Path
from core.errors import ImagingError
from core.imaging.opening import open_study
try:
    print(open_study(Path(sys.argv[1])).frames[0].samples.shape)
except ImagingError as error:
    print(error.code, "|", error.text)
"""


def open_without_decoders(data: bytes, folder: Path, device: str) -> str:
    """What a Python without any optional decoder says of a file, as a phone or a computer."""
    path = folder / "file.dcm"
    path.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", _OPEN_WITHOUT, str(path), device],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("syntax", "words"),
    [
        (JPEG_2000, "JPEG 2000"),
        (JPEG_LS, "JPEG-LS"),
        ("1.2.840.10008.1.2.4.70", "JPEG Lossless"),
        ("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000"),
    ],
)
def test_says_what_to_do_where_a_decoder_is_missing(
    tmp_path: Path, syntax: str, words: str
) -> None:
    data = compressed(BYTES, [b"\0" * 40], syntax)
    assert open_without_decoders(data, tmp_path, "phone") == (
        f"dicom_compression_not_on_phone | This DICOM file is compressed with {words}, which this "
        "phone cannot open. Open it on a computer, or export it as JPEG."
    )
    on_computer = open_without_decoders(data, tmp_path, "computer")
    assert on_computer.startswith("dicom_compression_not_installed")
    assert words in on_computer


def test_opens_everyday_files_without_optional_decoders(tmp_path: Path) -> None:
    everyday = [
        dicom(SIGNED),
        written(data_set(DEEP), DEFLATED),
        compressed(BYTES, [jpeg(BYTES)], JPEG),
        compressed(BYTES, [rle_frame([BYTES.tobytes()])], RLE),
        compressed(BYTES, [jpeg(BYTES)], "1.2.840.10008.1.2.4.51"),
    ]
    for data in everyday:
        assert open_without_decoders(data, tmp_path, "phone") == "(40, 60)"


def test_stops_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.Deadline.__init__, "__defaults__", (-1.0,))
    with pytest.raises(ImagingError) as caught:
        open_study(dicom(DEEP))
    assert caught.value.code == "too_slow"


def test_survives_broken_files() -> None:
    random = np.random.default_rng(2)
    wholes = [
        dicom(DEEP, WindowCenter=1, WindowWidth=2, PatientAge="040Y"),
        compressed(BYTES, [jpeg(BYTES)], JPEG),
        compressed(BYTES, [rle_frame([BYTES.tobytes()])], RLE),
        written(data_set(BYTES), DEFLATED),
        dicom(BYTES, **palette_attributes(16)),
    ]
    for whole in wholes:
        for _ in range(80):
            broken = bytearray(whole[: int(random.integers(200, len(whole) + 1))])
            for at in random.integers(132, len(broken), 3):
                broken[at] = int(random.integers(0, 256))
            try:
                study = open_study(bytes(broken))
                for index in range(len(study.frames)):
                    render(study.frames[index])
            except ImagingError:
                continue


def test_survives_deep_nesting() -> None:
    nested = b"\xfe\xff\x00\xe0\xff\xff\xff\xff\x08\x00\x15\x11SQ\0\0\xff\xff\xff\xff" * 20_000
    data = dicom(DEEP)
    at = data.index(b"\x08\x00\x60\x00CS")
    sequence = b"\x08\x00\x15\x11SQ\0\0\xff\xff\xff\xff" + nested
    assert code_of(data[:at] + sequence + data[at:]) in ("damaged_dicom", "truncated_dicom")


_OPEN_IN_2_GB = """
import resource, sys
from pathlib import Path
from core.errors import ImagingError
from core.imaging.opening import open_study
import core.imaging.dicom.reading
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
try:
    open_study(Path(sys.argv[1]))
except ImagingError as error:
    print(error.code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits its own memory as Linux does")
def test_never_allocates_what_a_forged_length_asks_for(tmp_path: Path) -> None:
    data = dicom(DEEP)
    at = data.index(b"\x08\x00\x60\x00CS")
    forged = b"\x08\x00\x15\x10OB\0\0\xf0\xff\xff\xff"
    path = tmp_path / "forged.dcm"
    path.write_bytes(data[:at] + forged + data[at:])
    done = subprocess.run(
        [sys.executable, "-c", _OPEN_IN_2_GB, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "truncated_dicom"


@pytest.mark.parametrize("signed", [0, 1])
def test_single_bits_are_not_given_to_a_decoder_of_compressed_frames(signed: int) -> None:
    """GDCM ends the whole process over signed ones (found by tests/fuzz, case 61560)."""
    stream = io.BytesIO()
    Image.fromarray((phantom(24, 20) >> 8).astype(np.uint8)).save(stream, "JPEG")
    content = compressed(
        (phantom(24, 20) >> 8).astype(np.uint8),
        [stream.getvalue()],
        "1.2.840.10008.1.2.4.57",
        BitsAllocated=1,
        BitsStored=1,
        HighBit=0,
        PixelRepresentation=signed,
    )

    with pytest.raises(ImagingError) as caught:
        open_study(content).frames[0].samples  # noqa: B018 (decoded when asked for)
    assert caught.value.code == "dicom_pixels_unsupported"
