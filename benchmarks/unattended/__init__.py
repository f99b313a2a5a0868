"""The whole loop of a push with nothing touched after it: real servers, real kills, one page of facts."""
