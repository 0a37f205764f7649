/* Values in JSON texts. A value is given as it is written, a string without its quotes; NULL when it is not there or the text is broken up
 * to it. What is no number is the index 0.
 * @args: -q -x strsize=512
 */
BEGIN { ask = 0; text = "[]"; x = json(text, "0"); printf("%s\n", x == NULL ? "NULL" : x); }
BEGIN { text = "[1]"; printf("%s|%s|%s\n", json(text, "0"), json(text, "[0]"), json(text, "name")); }
BEGIN { x = json("[1]", "1"); printf("%s\n", x == NULL ? "NULL" : x); }
BEGIN { x = json("[1]", "-1"); printf("%s\n", x == NULL ? "NULL" : x); }
BEGIN { text = "[ \t 16E10 , -1.5e-3,\"alpha\",true , false,null, {\"k\" : \"v\"} ]\n";
	printf("%s|%s|%s|%s|%s|%s|%s|%s\n", json(text, "0"), json(text, "1"), json(text, "2"), json(text, "3"), json(text, "4"),
	    json(text, "5"), json(text, "6"), json(text, "6.k")); }
BEGIN { x = json(text, "2.k"); printf("%s\n", x == NULL ? "NULL" : x); }
BEGIN { x = json(text, "6.k.further"); printf("%s\n", x == NULL ? "NULL" : x); }
BEGIN { x = json("[0x1000]", "0"); printf("hexadecimal: %s\n", x == NULL ? "NULL" : x); }
BEGIN { text = "{ \"top\": { \"mid\" : { \"legs\": \"feet\" }, \"list\":[0,{\"a\":true,\"bb\":[1,{\"x\":\"yz\"}]}]}, \"top\": 2, \"a.b\": 3}";
	printf("%s|%s|%s\n%s|%s|%s\n", json(text, "top"), json(text, "top.mid"), json(text, "top.mid.legs"),
	    json(text, "top.list[1]"), json(text, "top.list[1].bb"), json(text, "top.list[1].bb[1].x")); }
BEGIN { x = json(text, "top.legs"); printf("%s\n", x == NULL ? "NULL" : x); }
BEGIN { x = json(text, "a.b"); printf("%s\n", x == NULL ? "NULL" : x); }
BEGIN { path = "top.list[0]"; printf("%s\n", json(text, path)); }
BEGIN { text = "[\"a \\\" \\\\ \\/ \\n \\uf00F \", \"final\", \"broken \\u00AZ\", \"not seen\"]"; printf("%s|%s\n", json(text, "0"), json(text, "1")); }
BEGIN { x = json(text, "2"); printf("%s\n", x == NULL ? "NULL" : x); }
BEGIN { x = json(text, "3"); printf("%s\n", x == NULL ? "NULL" : x); }
BEGIN { x = json("{\"a\": [1, 2", "a"); printf("no end: %s\n", x == NULL ? "NULL" : x); }
BEGIN { printf("what is behind is not read: %s\n", json("{\"a\": 1, nonsense", "a")); }
BEGIN { x = json("7", "0"); printf("neither object nor array: %s\n", x == NULL ? "NULL" : x); }
BEGIN { printf("as a number: %d\n", strtoll(json("{\"n\": 42}", "n"))); }
BEGIN { printf("an empty key: %s, an empty value: <%s>\n", json("{\"\": 5}", ""), json("[\"\"]", "0")); exit(0); }
