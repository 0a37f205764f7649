/*
 * @args: -xerrtags
 * @operands: 0x12345678123456781
 * @status: 1
 */
BEGIN { exit($1); }
