/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D error "too old" 12
BEGIN { exit(0); }
