console.error("setup")
