"""Make the small input of the Kashmiri speech recipe: ``python make_kashmiri_speech.py [FOLDER]``.

Speech-like signals from a glottal source and formant filters (after Klatt 1980, "Software for a
cascade/parallel formant synthesizer"), one short syllable for each letter of a line, with rooms and
noise applied. It is no intelligible Kashmiri and holds no one's voice; it has the levels, pauses,
spectra and faults that the recipe's steps must deal with. Every run gives the same samples.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

RATE_HZ = 48_000
FOLDER = Path(__file__).parent / "kashmiri_speech"


class Voice(NamedTuple):
    """A made-up speaker."""

    sex: str
    pitch_hz: float
    tract: float  # formant scale: shorter vocal tracts are over 1
    pace: float  # length of a letter against the mean


class Clip(NamedTuple):
    """A clip to make: its file, who says what how, and what is wrong with it."""

    name: str
    speaker: str
    style: str
    text: str
    rate_hz: int = 22_050
    room_s: float = 0.0
    snr_db: float = 45.0
    fault: str = ""
    said: str = ""  # what is spoken, where that is not the text


VOICES = {
    "f01": Voice("female", 205.0, 1.15, 1.00),
    "f06": Voice("female", 230.0, 1.20, 0.94),
    "m01": Voice("male", 118.0, 1.00, 1.04),
    "m02": Voice("male", 132.0, 1.04, 0.97),
}

CLIPS = (
    Clip("f01_house.wav", "f01", "plain", "یہِ چھُ میون گرٕ تہٕ یہِ چھُ سون باغ۔"),
    Clip("f01_tea.flac", "f01", "plain", "مےٚ گژھِ گۄڈٕ چاے تہٕ پَتہٕ ژۄٹ۔", 44_100),
    Clip("f01_market.ogg", "f01", "news", "بازرَس منٛز ٲسۍ راتھ وارٕیاہ لُکھ۔", 48_000),
    Clip("m01_school.wav", "m01", "plain", "بہٕ چھُس پرٛتھ دۄہ سکوٗل گژھان۔", 16_000),
    Clip("m01_books.ogg", "m01", "news", "اَسہِ نِش چھِ 25 کِتابہٕ۔", 44_100, 0.9, 50.0, "stereo"),
    Clip("m01_brother.flac", "m01", "plain", "میون بوے چھُ شہرَس منٛز ڈاکٹَر۔", 22_050, 0.6),
    Clip("f06_weather.wav", "f06", "plain", "اَز چھُ موسم  خۄش گَوار ، نیبر نیرو ؟"),
    # Arabic kaf, yeh and heh, a dotless beh with a low stop, decomposed alef: all in one line.
    Clip("f06_language.flac", "f06", "news", "يہِ كتاب چھےٚ مےٚ سٮ۪ٹھاہ پسند ، ا\u0654سۍ پَرَو ۔"),
    Clip("m02_garden.ogg", "m02", "plain", "شامَس گَژھو أسۍ شُرۍ ہٮ۪تھ باغَس کُن۔", 48_000),
    Clip(
        "m02_river.flac",
        "m02",
        "news",
        "دَریاوُک آب چھُ ۲ دۄہ پؠٹھہٕ تُرُن۔",
        22_050,
        0.0,
        45.0,
        "stereo",
    ),
    Clip("m02_clipped.wav", "m02", "plain", "تُہۍ چھِوا وارٕے، سٲری چھا ٹھیٖک؟", fault="clipped"),
    Clip("f06_noisy.ogg", "f06", "plain", "کٲشُر زَبان چھےٚ سٔہل تہٕ موٚدُر۔", snr_db=6.0),
    Clip("m01_upsampled.flac", "m01", "plain", "ییتہِ چھُ وُنہِ شیٖن پیوان تہٕ تٔر۔", fault="upsampled"),
    Clip(
        "m01_wrong_text.ogg",
        "m01",
        "plain",
        "راتھ ٲسۍ أسۍ سٲری بازَر گٔمٕژ تہٕ تَتہِ ہیٚتۍ أسۍ شُرۍن ہِنٛدِ خٲطرٕ نٔوۍ پَلَو۔",
        said="بہٕ چھُس ییتہِ تہٕ ژٕ تَتہِ",
    ),
    Clip("f01_short.wav", "f01", "plain", "آ", fault="short"),
    Clip("m02_truncated.flac", "m02", "news", "راتھ آو سون دوس گرٕ۔", fault="truncated"),
    Clip("f06_not_audio.wav", "f06", "plain", "پَگاہ یِمو بییہِ۔", fault="not audio"),
    Clip("m01_missing.wav", "m01", "plain", "یہِ فایِل چھےٚ نہٕ۔", fault="missing"),
    Clip("f01_no_text.ogg", "f01", "plain", "", said="بہٕ چھُس ییتہِ"),
    Clip(
        "m02_urdu.ogg",
        "m02",
        "plain",
        "آج موسم بہت اچھا ہے اور ہم باہر جائیں گے۔",
        said="از چھُ موسم",
    ),
    Clip("f06_romanised.ogg", "f06", "plain", "Yi chhu myon garɨ.", said="یہِ چھُ میون"),
    Clip(
        "m01_pasted_twice.ogg",
        "m01",
        "plain",
        "پَگاہ صُبحَے گژھَو أسۍ بازَر پَگاہ صُبحَے گژھَو أسۍ بازَر",
        said="پَگاہ صُبحَے گژھَو أسۍ بازَر",
    ),
)

# First three formants (Hz) of the vowels that marks and vowel letters stand for.
VOWELS = {
    "a": (700, 1250, 2500),
    "i": (330, 2150, 2850),
    "u": (360, 850, 2400),
    "e": (480, 1900, 2600),
    "o": (500, 900, 2450),
    "central": (480, 1450, 2450),
}
VOWEL_OF = (
    dict.fromkeys("اآأٲ\u064e\u0654", "a")
    | dict.fromkeys("یيۍ\u0650", "i")
    | dict.fromkeys("ےؠ\u065a", "e")
    | dict.fromkeys("و\u064f\u0657", "u")
    | dict.fromkeys("ۄۆ", "o")
    | dict.fromkeys("\u0655\u065f", "central")
)
FRICATIVES, STOPS, NASALS = set("سشزژچخغفھہحصضظ"), set("پبتٹدڈکگكقطج"), set("منں")


def speak(text: str, voice: Voice, rng: np.random.Generator) -> np.ndarray:
    """Samples of a line, shape (samples,), at ``RATE_HZ``."""
    words = [_word(word, voice, rng) for word in text.split()]
    pieces = [_silence(0.12)]
    for number, word in enumerate(words):
        pieces += [word, _silence(0.05 + 0.05 * (number % 3 == 2))]
    samples = np.concatenate([*pieces, _silence(0.25)])
    return 0.5 * samples / np.abs(samples).max()


def _silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE_HZ))


def _word(word: str, voice: Voice, rng: np.random.Generator) -> np.ndarray:
    pieces = []
    for letter in word:
        seconds = 0.072 * voice.pace * rng.uniform(0.85, 1.15)
        if letter in VOWEL_OF:
            pieces.append(_voiced(VOWELS[VOWEL_OF[letter]], 1.3 * seconds, 1.0, voice, rng))
        elif letter in FRICATIVES:
            pieces.append(_noise(3_000, 11_000, seconds, 0.12, rng))
            pieces.append(_voiced(VOWELS["central"], 0.4 * seconds, 0.6, voice, rng))
        elif letter in STOPS:
            pieces += [_silence(0.4 * seconds), _noise(1_500, 9_000, 0.2 * seconds, 0.3, rng)]
            pieces.append(_voiced(VOWELS["central"], 0.5 * seconds, 0.8, voice, rng))
        elif letter in NASALS:
            pieces.append(_voiced((270, 1_200, 2_300), seconds, 0.35, voice, rng))
        elif letter.isalnum():
            pieces.append(_voiced((400, 1_400, 2_300), seconds, 0.5, voice, rng))
    return np.concatenate([*pieces, _silence(0.01)])


def _voiced(
    formants: tuple[int, int, int],
    seconds: float,
    level: float,
    voice: Voice,
    rng: np.random.Generator,
) -> np.ndarray:
    length = int(seconds * RATE_HZ)
    # The pitch falls a little in each letter and wavers, as voices do.
    pitch = voice.pitch_hz * np.linspace(1.06, 0.94, length) * rng.uniform(0.92, 1.08)
    phase = np.cumsum(pitch / RATE_HZ) % 1.0
    flow = np.where(phase < 0.6, phase**2 * (0.6 - phase), 0.0)  # Rosenberg's glottal pulse
    source = np.diff(flow, prepend=0.0) + 2e-5 * rng.standard_normal(length)
    for formant, width in zip((*formants, 3_500, 4_500), (60, 90, 130, 200, 250), strict=True):
        source = _resonate(source, formant * voice.tract, width)
    source /= np.abs(source).max() + 1e-12
    return level * source * _fade(length)


def _resonate(samples: np.ndarray, centre_hz: float, width_hz: float) -> np.ndarray:
    radius = np.exp(-np.pi * width_hz / RATE_HZ)
    turn = 2 * radius * np.cos(2 * np.pi * centre_hz / RATE_HZ)
    return lfilter([1 - turn + radius**2], [1, -turn, radius**2], samples)


def _noise(
    low_hz: float, high_hz: float, seconds: float, level: float, rng: np.random.Generator
) -> np.ndarray:
    band = butter(2, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos")
    samples = sosfilt(band, rng.standard_normal(int(seconds * RATE_HZ)))
    return level * samples / (np.abs(samples).max() + 1e-12) * _fade(len(samples))


def _fade(length: int) -> np.ndarray:
    edge = min(length // 3, int(0.008 * RATE_HZ))
    ramp = np.sin(np.linspace(0, np.pi / 2, edge)) ** 2
    return np.concatenate([ramp, np.ones(length - 2 * edge), ramp[::-1]])


def reverberate(samples: np.ndarray, t60_s: float, rng: np.random.Generator) -> np.ndarray:
    """The samples in a room: a direct path and exponentially decaying noise of 60 dB in t60."""
    seconds = np.arange(int(t60_s * RATE_HZ)) / RATE_HZ
    room = 0.004 * rng.standard_normal(len(seconds)) * 10 ** (-3 * seconds / t60_s)
    room[: int(0.004 * RATE_HZ)] = 0.0
    room[0] = 1.0
    return fftconvolve(samples, room)[: len(samples)]


def add_noise(samples: np.ndarray, snr_db: float, rng: np.random.Generator) -> np.ndarray:
    """The samples with pink noise at this ratio to their mean power."""
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20))
    pink = np.fft.irfft(spectrum, len(samples))
    return samples + pink * np.sqrt(np.mean(samples**2) / np.mean(pink**2) / 10 ** (snr_db / 10))


def make(clip: Clip, number: int) -> np.ndarray:
    """Samples of a clip at its own rate, shape (samples,) or (samples, 2)."""
    rng = np.random.default_rng(number)
    samples = speak(clip.said or clip.text, VOICES[clip.speaker], rng)
    if clip.fault == "short":
        samples = samples[int(0.1 * RATE_HZ) :][: int(0.18 * RATE_HZ)]
    if clip.room_s:
        samples = reverberate(samples, clip.room_s, rng)
    samples = add_noise(samples, clip.snr_db, rng)
    samples *= 0.5 / np.abs(samples).max()
    if clip.fault == "upsampled":
        samples = soxr.resample(soxr.resample(samples, RATE_HZ, 8_000), 8_000, RATE_HZ)
    samples = soxr.resample(samples, RATE_HZ, clip.rate_hz)
    if clip.fault == "clipped":
        samples = np.clip(6 * samples, -1.0, 32767 / 32768)
    if clip.fault == "stereo":
        samples = np.stack([samples, 0.8 * samples], axis=1)
    return samples


def write(clip: Clip, number: int, folder: Path) -> None:
    """Write a clip's file, broken if that is its fault."""
    path = folder / clip.name
    if clip.fault == "missing":
        return
    if clip.fault == "not audio":
        path.write_text("This is a text file that calls itself a recording.\n", "utf-8")
        return
    soundfile.write(path, make(clip, number), clip.rate_hz)
    if clip.fault == "truncated":
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])


def main(folder: Path = FOLDER) -> None:
    """Write all clips and ``metadata.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["file_name", "speaker_id", "speaker_sex", "style", "text"])
        for number, clip in enumerate(CLIPS):
            write(clip, number, folder)
            sex = VOICES[clip.speaker].sex
            rows.writerow([clip.name, clip.speaker, sex, clip.style, clip.text])


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
