/* A clause that ends its own speculation before it has recorded: that record goes nowhere, not even into the speculation that has the id next. */
BEGIN { s = speculation(); }
BEGIN { speculate(s); printf("never"); discard(s); x = 3; }
BEGIN { s = speculation(); }
BEGIN { speculate(s); printf("never"); discard(s); s = speculation(); x++; }
BEGIN { commit(s); }
BEGIN { printf("%d", x); exit(0); }
