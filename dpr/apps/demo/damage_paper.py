"""What happens to the paper a code is printed on, or to the screen that shows it: creases, folds, ink, stains, a pixel grid.

Rules: as dpr.apps.demo.damage, whose table KINDS names them.

Example: `fold(image, 0.5, Random(7))`
"""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

#: How bright the three stripes of a screen's pixel look in grey (red, green, blue), and the gap after them.
_STRIPES = (0.75, 1.0, 0.55, 0.3)
_GAP = 0.35


def crumple(image: Image.Image, strength: float, random: Random) -> Image.Image:
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


def fold(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """Carried folded in a pocket: along each crease one half is out of place and darker, and the ink is worn off the edge."""
    for turn in (0.0, math.pi / 2)[: 1 + (strength > 0.4)]:
        angle = turn + random.uniform(-0.15, 0.15)
        beyond = _half_plane(image, angle, random.uniform(-0.2, 0.2))
        shift = [random.choice((-1, 1)) * relative(image, 0.001 + 0.012 * strength * random.random()) for _ in range(2)]
        lean = random.uniform(-0.02, 0.02) * strength
        there = (1, lean, shift[0] - lean * image.height / 2, lean, 1, shift[1] - lean * image.width / 2)
        moved = image.transform(image.size, Image.Transform.AFFINE, there, Image.Resampling.BICUBIC, fillcolor=250)
        dim = 1 - (0.1 + 0.7 * strength) * random.random()
        image = Image.composite(moved.point(lambda grey, dim=dim: grey * dim), image, beyond)
        edge = beyond.filter(ImageFilter.GaussianBlur(relative(image, 0.002 + 0.008 * strength)))
        crease = edge.point([round(255 * (1 - abs(2 * grey / 255 - 1))) for grey in range(256)])
        specks = Image.frombytes("L", image.size, random.randbytes(image.width * image.height))
        worn = ImageChops.multiply(crease, specks.filter(ImageFilter.GaussianBlur(1)).point(lambda grey: (grey - 90) * 6))
        image = Image.composite(Image.new("L", image.size, 235), image, worn)
    return image


def pen(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """Somebody has signed, ticked or struck through across the code with a ball-point."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    width = max(2, round(relative(image, 0.005 + 0.007 * strength)))
    for _ in range(1 + round(4 * strength)):
        corners = [[random.uniform(0.1, 0.9) * side for side in image.size] for _ in range(4)]
        curve = []
        for step in range(41):
            t = step / 40
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            curve.append(tuple(sum(w * corner[axis] for w, corner in zip(weights, corners, strict=True)) for axis in (0, 1)))
        draw.line(curve, fill=random.randrange(30, 110), width=width, joint="curve")
    return image


def stain(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """Coffee, or a thumb over the code."""
    size = relative(image, 0.05 + 0.1 * strength)
    x, y = (random.uniform(0.25, 0.75) * side for side in image.size)
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse((x - size, y - size, x + size, y + size), fill=255)
    return Image.composite(Image.new("L", image.size, 40), image, mask.filter(ImageFilter.GaussianBlur(size / 6)))


def moire(image: Image.Image, strength: float, random: Random) -> Image.Image:
    """A photo of a screen: each pixel is three stripes and a gap, and the camera's own grid beats against them."""
    cell = Image.new("L", (4, 4))
    cell.putdata([round(255 * stripe * (_GAP if row == 3 else 1)) for row in range(4) for stripe in _STRIPES])
    soft = Image.blend(Image.new("L", (4, 4), 200), cell, 0.35 + 0.65 * strength)
    column = Image.new("L", (4, image.height * 4))
    for y in range(0, column.height, 4):
        column.paste(soft, (0, y))
    grid = Image.new("L", (image.width * 4, column.height))
    for x in range(0, grid.width, 4):
        grid.paste(column, (x, 0))
    screen = ImageChops.multiply(image.resize(grid.size, Image.Resampling.NEAREST), grid)
    scale = 4 / random.uniform(0.85, 1.15) * (1 + 0.3 * strength)
    angle = random.uniform(-0.06, 0.06)
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    size = (round(grid.width / scale), round(grid.height / scale))
    left, top = (grid.width - cos * size[0] + sin * size[1]) / 2, (grid.height - sin * size[0] - cos * size[1]) / 2
    seen = screen.transform(
        size, Image.Transform.AFFINE, (cos, -sin, left, sin, cos, top), Image.Resampling.BILINEAR, fillcolor=90
    )
    return seen.filter(ImageFilter.GaussianBlur(0.5 + 0.4 * strength))


def relative(image: Image.Image, share: float) -> float:
    """`share` of the shorter side, in pixels."""
    return share * min(image.size)


def _half_plane(image: Image.Image, angle: float, offset: float) -> Image.Image:
    """White on one side of a line at `angle` (radians), whose distance from the middle is `offset` of the shorter side."""
    reach = sum(image.size)
    along, across = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    x, y = (side / 2 + step * relative(image, offset) for side, step in zip(image.size, across, strict=True))
    ends = [(x + sign * reach * along[0], y + sign * reach * along[1]) for sign in (-1, 1)]
    far = [(px + reach * across[0], py + reach * across[1]) for px, py in reversed(ends)]
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).polygon([*ends, *far], fill=255)
    return mask
