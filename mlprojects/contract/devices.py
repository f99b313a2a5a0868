"""What a sandbox is told of GPUs: environment variables."""

GPUS = "AUTOTWEAK_GPUS"
"""Identifiers of devices with commas between them, one for each trial that may run at once; unset: there are none."""
SHARE_MIB = "AUTOTWEAK_GPU_SHARE_MIB"
"""What of its device's memory a trial has; unset: all."""
HIDDEN = "CUDA_VISIBLE_DEVICES"
"""Read by CUDA when it is first used: which devices there are. The process that trials are forked from has it at -1."""
