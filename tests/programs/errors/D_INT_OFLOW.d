/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(0x12345678123456781); }
