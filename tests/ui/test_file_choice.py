"""Files that a person chose, before their names are left behind."""

from __future__ import annotations

import random

import flet as ft

from ui.file_choice import in_order

NAMES = [
    "Slice 2.png",
    "slice 10.png",
    "slice 10b.png",
    "Slice 11.png",
    "thigh.jpg",
    "٣.png",
    "4.png",
]


def chosen(name: str) -> ft.FilePickerFile:
    return ft.FilePickerFile(id=1, name=name, size=1)


def test_files_come_in_the_order_of_their_names_however_a_browser_hands_them_over() -> None:
    wanted = ["٣.png", "4.png", *NAMES[:5]]
    for seed in range(20):
        mixed = random.Random(seed).sample(NAMES, len(NAMES))
        assert [file.name for file in in_order(map(chosen, mixed))] == wanted


def test_files_of_one_name_keep_the_order_they_came_in() -> None:
    first, second = chosen("film.png"), chosen("film.png")
    assert [id(file) for file in in_order([second, first])] == [id(second), id(first)]
