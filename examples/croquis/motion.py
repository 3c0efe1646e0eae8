"""The motions: a pose for every moment of a clip, each a closed loop over u in 0..1."""

import math
from dataclasses import dataclass, field

Offset = tuple[float, float, float]  # outward, down, towards where the body faces

MOTIONS: tuple[str, ...] = ("walk", "turn", "pose", "wave", "dance")


@dataclass(frozen=True)
class Arm:
    """Elbow and wrist, measured from the shoulder."""

    elbow: Offset = (5.0, 31.0, -1.0)
    wrist: Offset = (7.0, 60.0, 4.0)


@dataclass(frozen=True)
class Leg:
    """Knee and ankle, measured from where they are when standing straight."""

    knee: Offset = (0.0, 0.0, 0.0)
    ankle: Offset = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Pose:
    """One moment of a body. Left is the left of the picture when the body faces the camera."""

    yaw: float = 0.0
    shift: float = 0.0
    drop: float = 0.0
    hip: float = 0.0
    chest: float = 0.0
    tilt: float = 0.0
    head: float = 0.0
    sway: float = 0.0
    left_arm: Arm = field(default_factory=Arm)
    right_arm: Arm = field(default_factory=Arm)
    left_leg: Leg = field(default_factory=Leg)
    right_leg: Leg = field(default_factory=Leg)


HAND_ON_HIP = Arm(elbow=(20.0, 27.0, -5.0), wrist=(-2.0, 46.0, 3.0))


def _stride_arm(swing: float) -> Arm:
    """An arm swung forwards (1) or backwards (-1)."""
    forward = max(0.0, swing)
    return Arm(
        elbow=(6.0 + 2.0 * abs(swing), 31.0 - 2 * abs(swing), 9.0 * swing),
        wrist=(8.0 - 7.0 * forward, 59.0 - 13.0 * forward, 24.0 * swing),
    )


def _stride_leg(phase: float) -> Leg:
    """One leg of the walk: forward while sin is positive, lifted while it swings through."""
    reach, lift = math.sin(phase), max(0.0, math.cos(phase))
    return Leg(
        knee=(1.5 - 2.0 * reach, -7.0 * lift, 9.0 * reach + 15.0 * lift),
        ankle=(-0.5 - 1.5 * reach, -17.0 * lift, 22.0 * reach - 6.0 * lift),
    )


def walk(u: float) -> Pose:
    """Two full strides towards the camera."""
    phase = 4 * math.pi * u
    swing = math.sin(phase)
    return Pose(
        yaw=0.1 * swing,
        drop=2.5 * abs(swing) - 1.0,
        hip=4.0 * math.sin(phase + 0.6),
        chest=-1.5 * swing,
        tilt=2.5 * swing,
        head=0.6 * swing,
        sway=math.sin(phase - 0.5),
        left_arm=_stride_arm(-swing),
        right_arm=_stride_arm(swing),
        left_leg=_stride_leg(phase),
        right_leg=_stride_leg(phase + math.pi),
    )


def turn(u: float) -> Pose:
    """One full turn on the spot, arms a little away from the body."""
    beat = math.sin(4 * math.pi * u)
    arm = Arm(elbow=(10.0, 30.0, -3.0), wrist=(16.0, 58.0, 2.0))
    return Pose(
        yaw=2 * math.pi * u,
        drop=1.0 - math.cos(4 * math.pi * u),
        sway=0.8 * math.sin(2 * math.pi * u),
        left_arm=arm,
        right_arm=arm,
        left_leg=Leg(ankle=(1.0, -3.0 * max(0.0, beat), 3.0)),
        right_leg=Leg(ankle=(1.0, -3.0 * max(0.0, -beat), -3.0)),
    )


def pose(u: float) -> Pose:
    """A hand on the hip while the weight goes from one leg to the other and back."""
    weight = math.sin(2 * math.pi * u)
    return Pose(
        yaw=-0.3 * weight,
        hip=7.0 * weight,
        chest=-2.0 * weight,
        tilt=-4.0 * weight,
        head=2.0 * weight,
        sway=0.6 * weight,
        drop=1.5 * weight * weight,
        left_arm=HAND_ON_HIP,
        right_arm=Arm(elbow=(8.0, 30.0, -2.0), wrist=(12.0 + 4 * weight, 58.0, 4.0)),
        left_leg=Leg(knee=(5.0 + 3.0 * weight, 0.0, 4.0), ankle=(7.0, 0.0, 3.0)),
        right_leg=Leg(knee=(5.0 - 3.0 * weight, 0.0, 4.0), ankle=(7.0, 0.0, 3.0)),
    )


def wave(u: float) -> Pose:
    """One arm raised, the forearm waving."""
    beat = math.sin(6 * math.pi * u)
    slow = math.sin(2 * math.pi * u)
    return Pose(
        hip=-2.0 + 1.5 * slow,
        chest=slow,
        tilt=2.5 + 0.8 * beat,
        head=1.0 + beat,
        sway=0.3 * slow,
        left_arm=Arm(elbow=(7.0, 31.0, -1.0), wrist=(9.0, 60.0, 4.0)),
        right_arm=Arm(
            elbow=(24.0, 4.0, 2.0), wrist=(28.0 + 14.0 * beat, -30.0 + 3 * abs(beat), 5.0)
        ),
        left_leg=Leg(ankle=(3.0, 0.0, 0.0)),
        right_leg=Leg(knee=(4.0, 0.0, 5.0), ankle=(6.0, 0.0, 3.0)),
    )


def dance(u: float) -> Pose:
    """Hips and both arms swinging from side to side, knees bending with them."""
    beat = math.sin(4 * math.pi * u)
    right, left = max(0.0, beat), max(0.0, -beat)
    return Pose(
        yaw=0.25 * beat,
        shift=5.0 * beat,
        drop=5.0 - 3.5 * math.cos(8 * math.pi * u),
        hip=9.0 * beat,
        chest=-4.0 * beat,
        tilt=-5.0 * beat,
        head=3.0 * beat,
        sway=1.3 * beat,
        left_arm=_dancing_arm(left),
        right_arm=_dancing_arm(right),
        left_leg=Leg(knee=(7.0 + 6.0 * left, 0.0, 9.0), ankle=(12.0, -9.0 * right, 2.0)),
        right_leg=Leg(knee=(7.0 + 6.0 * right, 0.0, 9.0), ankle=(12.0, -9.0 * left, 2.0)),
    )


def _dancing_arm(up: float) -> Arm:
    """From bent at the waist (0) to flung up (1)."""
    return Arm(
        elbow=(21.0 + 3 * up, 20.0 - 26.0 * up, 4.0),
        wrist=(16.0 + 14 * up, 40.0 - 74.0 * up, 14.0 - 8 * up),
    )


_MOTIONS = {"walk": walk, "turn": turn, "pose": pose, "wave": wave, "dance": dance}


def pose_at(motion: str, u: float) -> Pose:
    """The pose of this motion at u in 0..1."""
    return _MOTIONS[motion](u)


def standing(arm_out: float = 0.0, weight: float = 0.0, yaw: float = 0.0) -> Pose:
    """Standing naturally, facing the camera: how a person is photographed."""
    arm = Arm(elbow=(6.0 + arm_out, 31.0, -1.0), wrist=(9.0 + 2 * arm_out, 59.0, 4.0))
    return Pose(
        yaw=yaw,
        hip=4 * weight,
        chest=-weight,
        tilt=-2 * weight,
        head=weight,
        left_arm=arm,
        right_arm=arm,
        left_leg=Leg(ankle=(3.0, 0.0, 0.0)),
        right_leg=Leg(ankle=(3.0, 0.0, 0.0)),
    )
