"""What is made of readings: voice, words and the turns before, weighed against one another."""

from voiceagent.hearing.feelings.tracker import FeelingsEar, Whole, whole_only

__all__ = ["FeelingsEar", "Whole", "whole_only"]
