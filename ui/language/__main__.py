"""``python -m ui.language``: refresh the catalogues, and name what is to be translated."""

from __future__ import annotations

import sys

from ui.language.refreshing import write_all


def main() -> None:
    for language, missing in write_all().items():
        sys.stdout.write(f"ui/language/catalogues/{language.value}.po: {len(missing)} missing\n")
        sys.stdout.writelines(f"    {each.english[0]}\n" for each in missing)


if __name__ == "__main__":
    main()
