// Brings the quoted words, or else the cited clause, into view; folds the contents away on a narrow screen.
"use strict";

if (matchMedia("(max-width: 60rem)").matches) {
  document.querySelector(".contents details")?.removeAttribute("open");
}
const cited = document.getElementById("cited");
if (cited && (!location.hash || location.hash === "#cited")) {
  const target = cited.querySelector("mark") || cited.querySelector(".cited-line") || cited;
  target.scrollIntoView({ block: cited.offsetHeight < innerHeight * 0.8 ? "center" : "start" });
  cited.focus({ preventScroll: true });
  document.querySelector(".contents .here")?.scrollIntoView({ block: "nearest" });
}
