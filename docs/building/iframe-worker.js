/* A page that is opened from a folder may not start a worker. Here its script runs in a hidden
   frame instead, which answers as a worker would. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      (document.body || document.documentElement).append(this.frame);
      const inner = this.frame.contentWindow;
      const script = inner.document.createElement("script");
      inner.postMessage = (data) => setTimeout(() => this.tell("message", { data }));
      script.onload = () => this.waiting.splice(0).forEach((data) => this.pass(data));
      script.onerror = () => this.tell("error", {});
      script.src = new URL(url, location.href);
      inner.document.body.append(script);
    }

    tell(kind, values) {
      const event = Object.assign(new Event(kind), values);
      if (this[`on${kind}`]) this[`on${kind}`](event);
      this.dispatchEvent(event);
    }

    pass(data) {
      const event = new MessageEvent("message", { data });
      setTimeout(() => this.frame.contentWindow?.onmessage?.(event));
    }

    postMessage(data) {
      if (this.frame.contentWindow?.onmessage) this.pass(data);
      else this.waiting.push(data);
    }

    terminate() {
      this.frame.remove();
    }
  };
}
