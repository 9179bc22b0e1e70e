"""What happens to a printed or photographed code: seeded damage for the demo and the tests.

Rules: the same image, kind, strength and seed always give the same pixels. `strength` runs from 0 (next to nothing) to 1
(mostly unreadable); between them the damage grows. Nothing here reads a code, and nothing here is random without its seed.

Example: `damage(image, "crumple", strength=0.5, seed=7)`; `photographed(image, strength=0.4, seed=7)` puts several together
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

Point = tuple[float, float]


def damage(image: Image.Image, kind: str, *, strength: float, seed: int) -> Image.Image:
    """`image` as grey scale with one `kind` of KINDS at `strength` (0..1). KeyError for an unknown kind."""
    return KINDS[kind](image.convert("L"), strength, Random(seed))  # noqa: S311 - pictures, not secrets


def photographed(image: Image.Image, *, strength: float, seed: int) -> Image.Image:
    """Three different kinds drawn by `seed`, one after the other, as in a hasty phone photo; JPEG last."""
    random = Random(seed)  # noqa: S311 - pictures, not secrets
    shape, light, sharpness = (random.choice(group) for group in (_SHAPES, _LIGHTS, _SHARPNESSES))
    for kind in (shape, light, sharpness, "jpeg"):
        image = damage(image, kind, strength=strength, seed=random.getrandbits(32))
    return image


def _blur(image: Image.Image, strength: float, _: Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(_relative(image, 0.003 + 0.007 * strength)))


def _motion(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """The hand moved: the mean of copies shifted along one direction."""
    length, angle = _relative(image, 0.004 + 0.026 * strength), random.uniform(0, math.pi)
    steps = max(2, math.ceil(length))
    moved = image
    for step in range(1, steps):
        shift = length * (step / (steps - 1) - 0.5)
        back = (1, 0, -shift * math.cos(angle), 0, 1, -shift * math.sin(angle))
        copy = image.transform(image.size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR, fillcolor=255)
        moved = Image.blend(moved, copy, 1 / (step + 1))
    return moved


def _noise(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """Sensor noise: every pixel is mixed with a random one."""
    noise = Image.frombytes("L", image.size, random.randbytes(image.width * image.height))
    return Image.blend(image, noise, 0.3 + 0.5 * strength)


def _rotation(image: Image.Image, strength: float, random: Random) -> Image.Image:
    angle = random.uniform(-180, 180) * max(strength, 0.02)
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def _perspective(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """The sheet is seen at a slant: each corner moves inwards by its own amount."""
    width, height = image.size
    reach = 0.05 + 0.35 * strength
    signs = ((1, 1), (1, -1), (-1, -1), (-1, 1))
    corners = ((0, 0), (0, height), (width, height), (width, 0))
    seen = [
        (x + sx * random.uniform(0, reach) * width, y + sy * random.uniform(0, reach) * height)
        for (x, y), (sx, sy) in zip(corners, signs, strict=True)
    ]
    coefficients = _homography(seen, corners)
    return image.transform(image.size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC, fillcolor=255)


def _crumple(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """The paper is not flat: each cell of a grid is pulled a little out of place."""
    cells, (width, height) = 5, image.size
    reach = 0.001 + 0.011 * strength
    pulled = {
        (i, j): (
            width * (i / cells + (random.uniform(-reach, reach) if 0 < i < cells else 0)),
            height * (j / cells + (random.uniform(-reach, reach) if 0 < j < cells else 0)),
        )
        for i in range(cells + 1)
        for j in range(cells + 1)
    }
    mesh = []
    for i in range(cells):
        for j in range(cells):
            box = tuple(round(v) for v in (width * i / cells, height * j / cells))
            far = tuple(round(v) for v in (width * (i + 1) / cells, height * (j + 1) / cells))
            quad = [v for corner in ((i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j)) for v in pulled[corner]]
            mesh.append(((*box, *far), tuple(quad)))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def _low_contrast(image: Image.Image, strength: float, _: Random) -> Image.Image:
    """Worn toner or a dim screen, with the noise a camera adds in poor light."""
    left = 0.25 * (1 - strength) + 0.03
    return _noise(ImageEnhance.Contrast(image).enhance(left), -0.5, Random(image.width))  # noqa: S311 - pictures


def _shadow(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """Uneven light: a soft shadow lies over one side."""
    ramp = Image.linear_gradient("L").rotate(random.choice((0, 90, 180, 270))).resize(image.size)
    dark = ramp.point([round(255 - (0.6 + 0.38 * strength) * max(0, 255 - 2 * v)) for v in range(256)])
    return ImageChops.multiply(image, dark)


def _glare(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """A lamp mirrors in the screen or the plastic: a white spot with a soft edge."""
    return _spot(image, 0.08 + 0.12 * strength, 255, random)


def _stain(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """Coffee, or a thumb over the code."""
    return _spot(image, 0.05 + 0.1 * strength, 40, random)


def _low_resolution(image: Image.Image, strength: float, _: Random) -> Image.Image:
    """Taken from too far away: few pixels a module."""
    factor = 1 / (1.5 + 4.5 * strength)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BILINEAR)


def _jpeg(image: Image.Image, strength: float, _: Random) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=round(60 - 55 * strength))
    return Image.open(io.BytesIO(out.getvalue())).convert("L")


def _spot(image: Image.Image, radius: float, grey: int, random: Random) -> Image.Image:
    """A round spot of `grey`, its `radius` a share of the width, somewhere off the middle."""
    size = _relative(image, radius)
    x, y = (random.uniform(0.25, 0.75) * side for side in image.size)
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse((x - size, y - size, x + size, y + size), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(size / 6))
    return Image.composite(Image.new("L", image.size, grey), image, mask)


def _relative(image: Image.Image, share: float) -> float:
    """`share` of the shorter side, in pixels."""
    return share * min(image.size)


def _homography(seen: list[Point], corners: tuple[Point, ...]) -> tuple[float, ...]:
    """The 8 coefficients with which Pillow looks up, for a point of `seen`, its point of `corners` (Gauss-Jordan)."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(seen, corners, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for column in range(8):
        pivot = max(range(column, 8), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for other in range(8):
            if other != column:
                factor = rows[other][column]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[column], strict=True)]
    return tuple(row[8] for row in rows)


KINDS: dict[str, Callable[[Image.Image, float, Random], Image.Image]] = {
    "blur": _blur,
    "motion": _motion,
    "noise": _noise,
    "rotation": _rotation,
    "perspective": _perspective,
    "crumple": _crumple,
    "low_contrast": _low_contrast,
    "shadow": _shadow,
    "glare": _glare,
    "stain": _stain,
    "low_resolution": _low_resolution,
    "jpeg": _jpeg,
}
_SHAPES = ("rotation", "perspective", "crumple")
_LIGHTS = ("low_contrast", "shadow", "glare", "noise")
_SHARPNESSES = ("blur", "motion", "low_resolution")
