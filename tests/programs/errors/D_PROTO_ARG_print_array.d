/*
 * @args: -xerrtags
 * @status: 1
 */
int n[5];
BEGIN { print(n); exit(0); }
