// Browsers without JavaScript modules get the page that needs no script.
location.replace("/chat?lang=" + document.documentElement.lang);
