"""A posed body projected onto the picture: joints, and the trunk's silhouette at any height."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from examples.croquis.ink import Point
from examples.croquis.motion import Arm, Leg, Offset, Pose

CENTER = 96.0
SHOULDER, WAIST, HIP, CROTCH, KNEE, ANKLE = 58.0, 95.0, 117.0, 130.0, 178.0, 228.0
GROUND = 241.0
CAMERA_TILT = 0.2  # how far a pixel of depth moves down the picture

Ring = tuple[
    float, float, float, float
]  # height, half-width, half-depth, how far its centre lies forward

RINGS: dict[str, tuple[Ring, ...]] = {
    "woman": (
        (50, 6, 6, -2), (57, 12, 8, -1.5), (61, 19.5, 9, -1), (68, 19, 10, 0), (77, 18, 12.5, 2.5),
        (95, 13, 9.5, 0), (108, 17.5, 12, -1.5), (118, 19.5, 13, -2.5), (132, 19, 12, -1),
    ),
    "man": (
        (50, 7.5, 7, -2), (57, 15, 9, -1.5), (61, 23.5, 10.5, -1), (68, 23.5, 11.5, 0),
        (77, 22, 12.5, 1.5), (95, 17.5, 11, 0.5), (108, 18, 11.5, -0.5),
        (118, 18.5, 12, -1.5), (132, 18, 11.5, -1),
    ),
}  # fmt: skip
SHOULDER_WIDTH = {"woman": 20.0, "man": 24.5}


@lru_cache(maxsize=8192)
def ring_at(gender: str, y: float) -> tuple[float, float, float]:
    """Half-width, half-depth and forward offset of the trunk at this height."""
    rings = RINGS[gender]
    y = min(max(y, rings[0][0]), rings[-1][0])
    above = min(bisect_right([ring[0] for ring in rings], y), len(rings) - 1) - 1
    low, high = rings[above], rings[above + 1]
    t = (y - low[0]) / (high[0] - low[0])
    return tuple(a + (b - a) * t for a, b in zip(low[1:], high[1:], strict=True))  # type: ignore[return-value]


@dataclass(frozen=True)
class Joint:
    """A projected joint: where it is in the picture, and how near the camera."""

    x: float
    y: float
    depth: float

    @property
    def at(self) -> Point:
        return (self.x, self.y)


class Body:
    """Everything the drawing needs to know about one person in one pose."""

    def __init__(self, gender: str, pose: Pose) -> None:
        self.gender, self.pose = gender, pose
        self.cos, self.sin = math.cos(pose.yaw), math.sin(pose.yaw)
        self.front = (1 + self.cos) / 2
        width = SHOULDER_WIDTH[gender]
        self.arms = (self._arm(-1, width, pose.left_arm), self._arm(1, width, pose.right_arm))
        self.legs = (self._leg(-1, pose.left_leg), self._leg(1, pose.right_leg))

    def project(self, x: float, y: float, z: float) -> Joint:
        """A point given from the body's own axis, on the picture."""
        depth = z * self.cos - x * self.sin
        return Joint(self.axis(y) + x * self.cos + z * self.sin, y + CAMERA_TILT * depth, depth)

    def axis(self, y: float) -> float:
        """Where the body's middle line is at this height."""
        pose = self.pose
        if y <= SHOULDER:
            lean = pose.chest + pose.head * (SHOULDER - y) / 27
        elif y <= HIP:
            lean = pose.chest + (pose.hip - pose.chest) * (y - SHOULDER) / (HIP - SHOULDER)
        else:
            lean = pose.hip * max(0.0, 1 - (y - HIP) / 90)
        return CENTER + pose.shift + lean

    def tilt(self, y: float, side: float) -> float:
        """How far shoulders (and, the other way, hips) are lowered on this side of the picture."""
        if y <= WAIST:
            return self.pose.tilt * side * self.cos * min(1.0, (WAIST - y) / 36)
        return -0.6 * self.pose.tilt * side * self.cos * min(1.0, (y - WAIST) / 24)

    def half_width(self, y: float, ease: float = 0.0) -> float:
        """Half the width of the silhouette at this height."""
        a, b, _ = ring_at(self.gender, y)
        return math.hypot((a + ease) * self.cos, (b + ease) * self.sin)

    def middle(self, y: float) -> float:
        """The middle of the silhouette at this height."""
        return self.axis(y) + ring_at(self.gender, y)[2] * self.sin

    def edge(self, y: float, side: int, ease: float = 0.0) -> Point:
        """A point of the silhouette: side -1 is the left of the picture, 1 the right."""
        return (
            self.middle(y) + side * self.half_width(y, ease),
            y + self.pose.drop + self.tilt(y, side),
        )

    def edges(self, heights: Sequence[float], side: int, ease: float = 0.0) -> list[Point]:
        """The silhouette on one side at these heights."""
        return [self.edge(y, side, ease) for y in heights]

    def on_surface(self, y: float, angle: float, ease: float = 0.0) -> Joint:
        """A point on the trunk; angle 0 is the middle of the front, pi/2 the right-hand side."""
        a, b, forward = ring_at(self.gender, y)
        x, z = (a + ease) * math.sin(angle), (b + ease) * math.cos(angle)
        turned = z * self.cos - x * self.sin
        return Joint(
            self.axis(y) + x * self.cos + (z + forward) * self.sin,
            y + self.pose.drop + self.tilt(y, math.copysign(min(1.0, abs(math.sin(angle))), angle)),
            turned,
        )

    def _arm(self, side: int, width: float, arm: Arm) -> tuple[Joint, Joint, Joint]:
        top = SHOULDER + 7.0
        lift = self.pose.drop + side * self.pose.tilt

        def place(offset: Offset) -> Joint:
            out, down, forward = offset
            x, z = side * (width + out), forward - 1.0
            depth = z * self.cos - x * self.sin
            return Joint(
                self.axis(SHOULDER) + x * self.cos + z * self.sin,
                top + down + lift + 0.08 * depth,
                depth,
            )

        return place((0.0, 0.0, 0.0)), place(arm.elbow), place(arm.wrist)

    def _leg(self, side: int, leg: Leg) -> tuple[Joint, Joint, Joint, Joint, Joint]:
        """Hip, knee, ankle, toe and heel."""
        drop = self.pose.drop

        def place(x: float, y: float, z: float) -> Joint:
            return self.project(side * x, y, z)

        hip = self.project(side * 9.5, CROTCH - 8, -1)
        knee = place(9.0 + leg.knee[0], KNEE + leg.knee[1] + drop * 0.5, leg.knee[2])
        ox, oy, oz = leg.ankle
        ankle = place(8.0 + ox, ANKLE + oy, oz)
        pointing = 4.0 if oy < -4 else 0.0
        toe = place(10.5 + ox, ANKLE + oy + 7.5 + pointing, oz + 9.0)
        heel = place(8.0 + ox, ANKLE + oy + 8.5, oz - 4.0)
        hip = Joint(hip.x, hip.y + drop, hip.depth)
        return hip, knee, ankle, toe, heel
