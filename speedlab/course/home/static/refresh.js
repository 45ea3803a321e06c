// Coming back from a lesson, the learner sees the steps that were done there.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") window.location.reload();
});
