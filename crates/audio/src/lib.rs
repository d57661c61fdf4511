//! Sound as pure computation: conversion, levels, features, voice detection.

pub mod convert;
pub mod detector;
pub mod echo;
pub mod format;
pub mod frames;
pub mod g711;
pub mod generate;
pub mod level;
pub mod mel;
pub mod resample;
pub mod ring;
pub mod silero;
