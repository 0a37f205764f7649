/*
 * A computed index out of bounds faults: read or written, of every scope, of inner dimensions too.
 * @args: -q
 */
int arr[5];
self int sarr[3];
this int tarr[2];
int m[2][3];
BEGIN { i = 5; trace(arr[i]); }
BEGIN { arr[i] = 1; }
BEGIN { arr[i - 6] = 1; }
BEGIN { self->sarr[i] = 1; }
BEGIN { trace(this->tarr[i - 3]); }
BEGIN { m[i - 4][i - 2] = 1; }
BEGIN { arr[i - 1] = 7; trace(arr[i - 1]); }
BEGIN { exit(0); }
ERROR { printf("code %d value %d\n", arg4, (int)arg5); }
