"""What happens to a printed or photographed code: seeded damage for the demo and the tests.

Rules: the same image, kind, strength and seed always give the same pixels. `strength` runs from 0 (next to nothing) to 1
(mostly unreadable); between them the damage grows. Nothing here reads a code, and nothing here is random without its seed. What
happens to the paper or the screen itself is in damage_paper.

Example: `damage(image, "crumple", strength=0.5, seed=7)`; `photographed(image, strength=0.4, seed=7)` puts several together
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from dpr.apps.demo import damage_paper
from dpr.apps.demo.damage_paper import relative

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
    return image.filter(ImageFilter.GaussianBlur(relative(image, 0.002 + 0.006 * strength)))


def _motion(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """The hand moved: the mean of copies shifted along one direction."""
    length, angle = relative(image, 0.004 + 0.026 * strength), random.uniform(0, math.pi)
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
    """A lamp mirrors in the screen or the plastic: a white core, and a halo that takes the contrast around it."""
    radius = relative(image, 0.06 + 0.12 * strength)
    x, y = (random.uniform(0.25, 0.75) * side for side in image.size)
    long = radius * random.uniform(1, 2)
    core, halo = (Image.new("L", image.size, 0) for _ in range(2))
    ImageDraw.Draw(core).ellipse((x - long, y - radius, x + long, y + radius), fill=255)
    ImageDraw.Draw(halo).ellipse((x - 2 * long, y - 2 * radius, x + 2 * long, y + 2 * radius), fill=170)
    light = ImageChops.lighter(core.filter(ImageFilter.GaussianBlur(radius / 6)), halo.filter(ImageFilter.GaussianBlur(radius)))
    return Image.composite(Image.new("L", image.size, 255), image, light)


def _small_modules(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """Taken from too far away: few pixels a module, and the code never stands on the camera's own grid."""
    factor = 1 / (1.5 + 2.5 * strength)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    x, y = random.random() / factor, random.random() / factor
    box = (x, y, image.width - 1 / factor + x, image.height - 1 / factor + y)
    return image.resize(size, Image.Resampling.BOX, box)


def _jpeg(image: Image.Image, strength: float, _: Random) -> Image.Image:
    """Sent on by a messaging app: made smaller, and saved twice in few bytes."""
    smaller = image.resize([round(side / (1 + strength)) for side in image.size], Image.Resampling.BICUBIC)
    return _saved(_saved(smaller, round(50 - 40 * strength)), round(30 - 27 * strength))


def _saved(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("L")


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
    "crumple": damage_paper.crumple,
    "fold": damage_paper.fold,
    "pen": damage_paper.pen,
    "stain": damage_paper.stain,
    "low_contrast": _low_contrast,
    "shadow": _shadow,
    "glare": _glare,
    "small_modules": _small_modules,
    "moire": damage_paper.moire,
    "jpeg": _jpeg,
}
_SHAPES = ("rotation", "perspective", "crumple", "fold")
_LIGHTS = ("low_contrast", "shadow", "glare", "noise")
_SHARPNESSES = ("blur", "motion", "small_modules")
