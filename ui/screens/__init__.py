"""One file for each screen: functions of the state, with nothing of their own."""
