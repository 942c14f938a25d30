"""From a package to the push API: sinks, limiter, journal, run loop."""
