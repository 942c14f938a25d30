"""What the help says of each command, without importing any."""

from __future__ import annotations

from types import MappingProxyType

GROUPS = MappingProxyType(
    {
        "Set up": {
            "init": "Look at a folder of exports, ask what they do not say, and write the "
            "settings.",
            "doctor": "Check whether keys, folders, clock and versions are ready for a run.",
            "login": "Check an account's key and keep it in this system's keyring.",
            "logout": "Remove an account's key from this system's keyring.",
            "mapping": "Show the presets, check a mapping file, or draft one.",
            "emulator": "Run an emulator of Ometria's push API on this machine until Ctrl-C.",
        },
        "Look at the files": {
            "inspect": "Show what each file is, which column feeds which field, and what is "
            "missing.",
            "check": "Find every problem in the files without sending anything.",
            "consent": "Compare who opted in or out in the files with what the account says.",
            "fields": "List every field: its column name, type, whether it is mandatory, example "
            "and rule.",
            "explain": "Explain what a problem code means and what to do about it.",
        },
        "Send": {
            "push": "Check the files and send every valid record, 100 per request.",
            "resume": "Send what an interrupted run has left, without the source files.",
            "retry": "Send the records of a run that failed for temporary reasons again.",
            "promote": "Send the very package of a staging run to live, once every check has "
            "passed.",
        },
        "Follow up": {
            "verify": "Read back what the account holds and compare it with what was sent.",
            "status": "Say how the last command that sent to each account ended, for monitoring.",
            "report": "Write one page about a run that can be printed, signed and kept.",
            "errors": "Show the errors that an account reported after accepting records.",
            "runs": "List the runs, newest first; `runs prune` removes old ones.",
            "show": "Show one run: its account, totals, files and next step.",
            "given": "Show, forget or rebuild what `push --changed` knows of an account.",
            "forget": "Remove people from the home who asked for it, and never send them again.",
            "pseudonym": "Show which fake stands for a person in pseudonymised runs.",
            "tracking": "Check the tracker on the shop's pages against what was pushed.",
            "checklist": "Tick the steps of the way live that are proven, and show what is left "
            "for people.",
            "help": "Show the help of a command, or what the exit codes mean.",
        },
    }
)
"""What the commands are for, in the order of `--help`."""
COMMANDS = MappingProxyType(
    {name: words for group in GROUPS.values() for name, words in group.items()}
)
"""The first line of each command's help, which a test keeps the same.

A command is the function or sub-app of its name, in the module of its name.
"""
EXAMPLES = MappingProxyType(
    {
        "": ("init exports/", "push --to staging", "verify"),
        "init": ("init", "init exports/ --yes", "init s3://bucket/exports/"),
        "inspect": ("inspect exports/", "inspect orders.csv --mapping shopify-orders"),
        "check": (
            "check products.csv contacts.csv orders.csv",
            "check order=export-7.csv --timezone Europe/London",
        ),
        "push": (
            "push products.csv contacts.csv orders.csv --to staging --dry-run",
            "push --to staging --pseudonymise",
            "push --to live --yes --max-rejects 1%",
        ),
        "resume": ("resume", "resume 20240301"),
        "retry": ("retry 20240301", "retry 20240301 --refused-too"),
        "verify": ("verify", "verify 20240301 --sample 0.1%@95", "verify --all --type order"),
        "promote": (
            "promote 20240301 --to live",
            "promote 20240301 --to live --require-verify 0.1%@95 --attest promotion.json",
        ),
        "errors": ("errors --to live", "errors --run 20240301"),
        "runs": ("runs", "runs prune --keep 30d --dry-run"),
        "runs prune": ("runs prune --keep 30d --dry-run", "runs prune --keep 30d"),
        "status": ("status", "status --to live --max-age 26h"),
        "report": ("report", "report 20240301 --out signed.html"),
        "show": ("show", "show 20240301 --json", "show 20240301 --results results.csv"),
        "given": ("given show --to live", "given rebuild --to staging"),
        "given show": ("given show --to live",),
        "given forget": ("given forget --to staging",),
        "given rebuild": ("given rebuild --to live",),
        "forget": ("forget --file people.txt", "forget --from live", "forget ann@example.com"),
        "pseudonym": ("pseudonym of ann@example.com",),
        "pseudonym of": ("pseudonym of ann@example.com",),
        "consent": ("consent diff --to live",),
        "consent diff": (
            "consent diff --to live --since 2024-03-01",
            "consent diff 20240301 --to live",
        ),
        "tracking": ("tracking check saved-pages/",),
        "tracking check": (
            "tracking check saved-pages/",
            "tracking check https://shop.example.com/",
        ),
        "checklist": ("checklist", "checklist --to live"),
        "mapping": ("mapping list", "mapping suggest till.csv > till.toml"),
        "mapping list": ("mapping list",),
        "mapping show": ("mapping show shopify-orders",),
        "mapping check": ("mapping check till.toml",),
        "mapping suggest": ("mapping suggest till.csv > till.toml",),
        "login": ("login --to staging", "login --to live --stdin"),
        "logout": ("logout --to staging",),
        "doctor": ("doctor", "doctor --json"),
        "fields": ("fields", "fields order"),
        "explain": ("explain E012", "explain E01"),
        "emulator": ("emulator", "emulator --port 0 --latency 0.2 --rate 4"),
        "help": ("help push", "help exit-codes"),
    }
)
"""Examples of each command, as they are typed after the program's name."""
